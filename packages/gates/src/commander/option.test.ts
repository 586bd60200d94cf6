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
    ['--token x', '--token'],
    ['--token=x', '--token'],
    ['--token', '--token'],
    ['-t x', '-t'],
    ['-tx', '-t'],
    ['-vt x', '-t'],
    ['-vtx', '-t'],
    ['north --token x', '--token'],
    ['--token --verbose', '--token'],
  ])('closed: %s is unknown', (line, flag) => {
    expect(run(build(closed), line)).toEqual(unknown(flag));
  });

  it.each<[string, (program: Command) => void]>([
    ['unknown options are allowed', (program) => program.allowUnknownOption()],
    ['and excess arguments', (program) => program.allowUnknownOption().allowExcessArguments()],
    ['values are not combined with short flags', (program) => program.combineFlagAndOptionalValue(false)],
  ])('closed: refused also where %s', (_where, change) => {
    expect(run(build(closed, token(), change), '--token x')).toEqual(unknown('--token'));
    expect(run(build(closed, token(), change), '-tx')).toEqual(unknown('-t'));
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

  it.each<[string, readonly string[], readonly string[]]>([
    ['gated before', ['--cheese <type>', '--no-cheese'], ['--cheese <type>']],
    ['gated behind', ['--no-cheese', '--cheese <type>'], ['--cheese <type>']],
    ['--no- gated before', ['--no-cheese', '--cheese <type>'], ['--no-cheese']],
    ['--no- gated behind', ['--cheese <type>', '--no-cheese'], ['--no-cheese']],
    ['both', ['--cheese <type>', '--no-cheese'], ['--cheese <type>', '--no-cheese']],
    ['both, the other way', ['--no-cheese', '--cheese <type>'], ['--cheese <type>', '--no-cheese']],
  ])('closed: beside its --no- it is as if it was not given, %s', (_what, all, gated) => {
    const twins =
      (gates: Gates<Names>): Build =>
      (program, did) => {
        for (const flags of all) {
          if (gated.includes(flags)) gateOption(program, new Option(flags), { gates, gate: 'MultiRegion' });
          else program.option(flags);
        }
        program.action((options) => did(options));
      };
    expect(run(twins(closed), '')).toEqual(run(twins(open), ''));
  });

  it('closed: what others imply does not open it', () => {
    const implied =
      (gates: Gates<Names>): Build =>
      (program, did) => {
        gateOption(program, new Option('--cheese <type>'), { gates, gate: 'MultiRegion' });
        program
          .addOption(new Option('--turbo').implies({ fast: true, cheese: false, level: 3 }))
          .addOption(new Option('--no-turbo').implies({ cheese: 'brie' }))
          .option('--no-cheese')
          .option('--level <n>')
          .action((options) => did(options));
        gateOption(program, new Option('--fast').default(false), { gates, gate: 'MultiRegion' });
      };
    // --no-cheese is there for everybody
    expect(run(implied(closed), '--turbo').ran).toEqual([{ turbo: true, fast: false, cheese: false, level: 3 }]);
    expect(run(implied(open), '--turbo').ran).toEqual([{ turbo: true, fast: true, cheese: false, level: 3 }]);
    expect(run(implied(closed), '--no-turbo').ran).toEqual([{ turbo: false, fast: false }]);
    expect(run(implied(open), '--no-turbo').ran).toEqual([{ turbo: false, fast: false, cheese: 'brie' }]);
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

  it('closed: an option of the same name in a command that is not called does not hide the refusal', () => {
    const tree =
      (change: (program: Command) => void = () => {}): Build =>
      (program, did) => {
        gateOption(program, token(), { gates: closed, gate: 'MultiRegion' });
        program.argument('[words...]').action((words, options) => did(words, options));
        program
          .command('login')
          .option('-t, --tag <tag>')
          .action((options) => did(options));
        const cluster = program.command('cluster').alias('c');
        cluster
          .command('add', { isDefault: true })
          .option('--token <token>', '', 'mine')
          .action((o) => did(o));
        cluster.command('list').action(() => did('list'));
        change(program);
      };
    expect(run(tree(), '--token x')).toEqual(unknown('--token'));
    expect(
      run(
        tree((program) => program.allowUnknownOption()),
        '--token x',
      ),
    ).toEqual(unknown('--token'));
    expect(run(tree(), '--token login')).toEqual(unknown('--token'));
    expect(run(tree(), '-t x')).toEqual(unknown('-t'));
    // only the flag that both have is that of the other
    expect(run(tree(), 'login --token x')).toEqual(unknown('--token'));
    expect(run(tree(), 'login -t x').ran).toEqual([{ tag: 'x' }]);
    expect(run(tree(), 'login -tx').ran).toEqual([{ tag: 'x' }]);
    for (const line of ['cluster add --token x', 'c add --token=x', 'cluster --token x']) {
      expect(run(tree(), line).ran).toEqual([{ token: 'x' }]);
    }
    // as the default of the program, its options are read without its name
    const byDefault = tree((program) => program.command('run', { isDefault: true }).option('--token <token>'));
    expect(run(byDefault, '--token x').code).toBeUndefined();
  });

  it('closed: in a command of commands, an option below is another one as well', () => {
    const tree: Build = (program, did) => {
      const cluster = program.command('cluster');
      gateOption(cluster, token(), { gates: closed, gate: 'MultiRegion' });
      cluster
        .command('add')
        .option('--token <token>')
        .action((options) => did(options));
      cluster.command('list').action(() => did('list'));
    };
    expect(run(tree, 'cluster add --token x').ran).toEqual([{ token: 'x' }]);
    expect(run(tree, 'cluster list --token x')).toEqual(unknown('--token'));
    expect(run(tree, 'cluster --token x')).toEqual(unknown('--token'));
  });

  it('closed: help works whatever is closed', () => {
    const host =
      (gates: Gates<Names>): Build =>
      (program) =>
        void gateOption(program, new Option('-h, --host <host>'), { gates, gate: 'MultiRegion' });
    expect(run(host(closed), '-h')).toEqual(run(() => {}, '-h'));
    expect(run(host(closed), '--host x')).toEqual(unknown('--host'));
    expect(run(host(open), '--help').out).toContain('--help  ');
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

  it.each([
    ['a wrong choice', '--role b'],
    ['a value that is missing', '--role'],
    ['a value that its parser refuses', '--level x'],
    ['help that an option shows', '--usage'],
    ['help of the program that an option of a command shows', 'join --usage'],
  ])('closed: help that is shown while options are read does not show it, %s', (_what, line) => {
    const tree: Build = (program) => {
      const fill = (command: Command): void => {
        command
          .showHelpAfterError()
          .addOption(new Option('--role <role>').choices(['a']))
          .option('--level <n>', 'a number', (text) => {
            if (text === 'x') command.error('no number');
            return text;
          })
          .option('--usage')
          .on('option:usage', () => program.help());
        gateOption(command, token(), { gates: closed, gate: 'MultiRegion' });
      };
      fill(program);
      fill(program.command('join'));
    };
    const { out, err } = run(tree, line);
    expect(out + err).toContain('--role <role>');
    expect(out + err).not.toMatch(/token|\[value\]/);
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
      const later = (program: Command): unknown => program.option('-t <when>');
      expect(() => run(build(gates, token(), later), '')).toThrow(/conflicting flag/);
    }
  });
});
