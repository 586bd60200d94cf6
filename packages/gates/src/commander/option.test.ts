import { Command, Option } from 'commander';
import { describe, expect, it } from 'vitest';
import { type Build, closed, HINT, type Names, open, refused, run } from '../../test/run-commander.ts';
import type { Gates } from '../index.ts';
import { gateOption } from './index.ts';

describe('gateOption', () => {
  const token = (): Option =>
    new Option('-t, --token <token>', 'of the region').default('none').env('SUNBEAM_TEST_TOKEN');
  const build =
    (gates: Gates<Names>, option: Option = token(), change: (program: Command) => void = () => {}): Build =>
    (program, did) => {
      program
        .option('-v, --verbose')
        .argument('[name]')
        .action((name, options) => did(name, options));
      gateOption(program, option, { gates, gate: 'MultiRegion' });
      change(program);
    };
  const unknown = (flag: string) => refused('commander.unknownOption', `error: unknown option '${flag}'\n${HINT}\n`);

  it.each([
    '--token x',
    '--token=x',
    '--token',
    '-t x',
    '-tx',
    '-vt x',
    '-vtx',
    'north --token x',
    '--token --verbose',
  ])('closed: %s is unknown', (line) => {
    expect(run(build(closed), line)).toEqual(unknown('--token'));
  });

  it.each<[string, (program: Command) => void]>([
    ['unknown options are allowed', (program) => program.allowUnknownOption()],
    ['and excess arguments', (program) => program.allowUnknownOption().allowExcessArguments()],
    ['values are not combined with short flags', (program) => program.combineFlagAndOptionalValue(false)],
  ])('closed: refused also where %s', (_where, change) => {
    expect(run(build(closed, token(), change), '--token x')).toEqual(unknown('--token'));
    expect(run(build(closed, token(), change), '-tx')).toEqual(unknown('--token'));
  });

  it('closed: behind -- it is no option', () => {
    expect(run(build(closed), '-- --token').ran).toEqual(['--token', { token: 'none' }]);
  });

  it.each(['--help', '--tokn x'])('closed: %s says nothing of it', (line) => {
    const without: Build = (program, did) => {
      program
        .option('-v, --verbose')
        .argument('[name]')
        .action((name, options) => did(name, options));
    };
    expect(run(build(closed), line)).toEqual(run(without, line));
    expect(run(build(open), line).out + run(build(open), line).err).toContain('--token');
  });

  it('closed: a command that has no other options has none in the help of its parent', () => {
    const tree = (gates: Gates<Names>) => (program: Command) => {
      gateOption(program.command('add'), token(), { gates, gate: 'MultiRegion' });
    };
    expect(run(tree(closed), '--help').out).toContain('  add\n');
    expect(run(tree(open), '--help').out).toContain('  add [options]\n');
  });

  it('closed: it has its default, and its variable is not read', () => {
    process.env.SUNBEAM_TEST_TOKEN = 'from the environment';
    try {
      expect(run(build(closed), 'north').ran).toEqual(['north', { token: 'none' }]);
      expect(run(build(open), 'north').ran).toEqual(['north', { token: 'from the environment' }]);
    } finally {
      delete process.env.SUNBEAM_TEST_TOKEN;
    }
  });

  it.each<[string, Option, Record<string, unknown>]>([
    ['none', new Option('--token <token>'), {}],
    ['a boolean one', new Option('--token'), {}],
    ['false', new Option('--token').default(false), { token: false }],
    ['--no- means true', new Option('--no-token'), { token: true }],
    ['--no- with another', new Option('--no-token').default('soft'), { token: 'soft' }],
    ['mandatory', new Option('--token <token>').makeOptionMandatory(), {}],
    ['variadic', new Option('--token <token...>').default(['a']), { token: ['a'] }],
    ['two long flags', new Option('--tk, --token <token>').default('z'), { token: 'z' }],
  ])('closed: the default is as it would be, %s', (_what, option, options) => {
    expect(run(build(closed, option), '').ran).toEqual([undefined, options]);
    expect(run(build(closed, option), option.long!)).toEqual(unknown(option.long!));
  });

  it('closed: --no-color beside --color leaves that as it is', () => {
    const dual: Build = (program, did) => {
      program.option('--color <when>', 'when', 'auto').action((options) => did(options));
      gateOption(program, new Option('--no-color'), { gates: closed, gate: 'MultiRegion' });
    };
    expect(run(dual, '').ran).toEqual([{ color: 'auto' }]);
    expect(run(dual, '--color never').ran).toEqual([{ color: 'never' }]);
    expect(run(dual, '--no-color')).toEqual(unknown('--no-color'));
  });

  it('closed: only a short flag', () => {
    expect(run(build(closed, new Option('-t <token>')), '-t x')).toEqual(unknown('-t'));
  });

  it('closed: options that conflict with it, or that it implies, are as without it', () => {
    const option = token().conflicts('verbose').implies({ verbose: true });
    expect(run(build(closed, option), '-v').ran).toEqual([undefined, { verbose: true, token: 'none' }]);
    expect(run(build(open, option), '-v --token x').code).toBe('commander.conflictingOption');
  });

  it('closed: an option of the same name below is another one', () => {
    const tree =
      (gates: Gates<Names>): Build =>
      (program, did) => {
        gateOption(program, token(), { gates, gate: 'MultiRegion' });
        program
          .command('login')
          .option('--token <token>')
          .action((options) => did(options));
      };
    expect(run(tree(closed), 'login --token x').ran).toEqual([{ token: 'x' }]);
    expect(run(tree(closed), '--token x').code).toBe('commander.unknownOption');
  });

  it('closed: of a program, it is refused behind a command as well; where positions count, it is not its own', () => {
    const tree: Build = (program, did) => {
      gateOption(program, token(), { gates: closed, gate: 'MultiRegion' });
      program
        .command('exec')
        .argument('[args...]')
        .passThroughOptions()
        .action((args) => did(args));
    };
    expect(
      run((program, did) => void tree(program.enablePositionalOptions(), did), 'exec docker --token x').ran,
    ).toEqual([['docker', '--token', 'x']]);
    const plain = (program: Command): void => {
      gateOption(program, token(), { gates: closed, gate: 'MultiRegion' });
      program.command('list').action(() => expect.unreachable());
    };
    expect(run(plain, 'list --token x')).toEqual(unknown('--token'));
  });

  it('closed: help that is shown after the error does not show it', () => {
    const { err } = run(
      build(closed, token(), (program) => program.showHelpAfterError()),
      '--token x',
    );
    expect(err).toContain(`${HINT}\n\nUsage: sunbeam [options] [name]`);
    expect(err.slice(err.indexOf('Usage'))).not.toContain('token');
  });

  it('closed: a program that parses again refuses again', () => {
    const program = new Command('sunbeam')
      .exitOverride()
      .configureOutput({ writeErr: () => {} })
      .action(() => {});
    gateOption(program, token(), { gates: closed, gate: 'MultiRegion' });
    const parse = (...words: string[]) => program.parse(words, { from: 'user' });
    for (let i = 0; i < 2; i++) {
      expect(() => parse('--token', 'x')).toThrow(expect.objectContaining({ code: 'commander.unknownOption' }));
      expect(parse().opts()).toEqual({ token: 'none' });
    }
  });

  it('closed: several, each with its hint', () => {
    const both: Build = (program, did) => {
      program.action((options) => did(options));
      gateOption(program, token(), { gates: closed, gate: 'MultiRegion' });
      gateOption(program, new Option('--axolotl'), { gates: closed, gate: 'axolotl-mode' });
    };
    expect(run(both, '--axolotl')).toEqual(
      refused(
        'commander.unknownOption',
        `error: unknown option '--axolotl'\n${HINT.replaceAll('MultiRegion', 'axolotl-mode').replace('MULTI_REGION', 'AXOLOTL_MODE')}\n`,
      ),
    );
    expect(run(both, '--token x')).toEqual(unknown('--token'));
    expect(run(both, '').ran).toEqual([{ token: 'none' }]);
  });

  it('open: it works', () => {
    expect(run(build(open), '-tx north').ran).toEqual(['north', { token: 'x' }]);
  });

  it('clashes with an option that has its flag, open or closed', () => {
    for (const gates of [open, closed]) {
      expect(() => run(build(gates, new Option('--verbose')), '')).toThrow(/conflicting flag/);
    }
  });
});
