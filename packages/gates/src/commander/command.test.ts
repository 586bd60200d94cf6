import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { type Build, closed, HINT, type Names, open, refused, run } from '../../test/run-commander.ts';
import type { Gates } from '../index.ts';
import { gateCommand } from './index.ts';

describe('gateCommand', () => {
  const build =
    (gates: Gates<Names>, more: { message?: string; visible?: boolean } = {}): Build =>
    (program, did) => {
      program.command('status').action(() => did('status'));
      const region = gateCommand(program.command('region'), { gates, gate: 'MultiRegion', ...more })
        .description('regions')
        .aliases(['reg', 'r9n'])
        .option('--force')
        .action(() => did('region'));
      region.command('add <name>').action((name) => did('add', name));
    };
  const unknown = (typed: string) =>
    refused('commander.unknownCommand', `error: unknown command '${typed}'\n${HINT}\n`);

  it.each([
    ['region', 'region'],
    ['reg', 'reg'],
    ['r9n --force', 'r9n'],
    ['region add north', 'region'],
    ['region --help', 'region'],
    ['region add --help', 'region'],
    ['region help add', 'region'],
    ['region --bogus', 'region'],
    ['help region', 'region'],
    ['help r9n', 'r9n'],
  ])('closed: %s is unknown', (line, typed) => {
    expect(run(build(closed), line)).toEqual(unknown(typed));
  });

  it.each(['--help', 'help', '', 'rgion', 'regio'])('closed: "%s" says nothing of it', (line) => {
    expect(run(build(closed), line)).toEqual(
      run((program, did) => program.command('status').action(() => did('status')), line),
    );
  });

  it('open: it is there', () => {
    expect(run(build(open), 'region --force').ran).toEqual(['region']);
    expect(run(build(open), 'reg add north').ran).toEqual(['add', 'north']);
    expect(run(build(open), 'help region').out).toContain('Usage: sunbeam region|reg');
    expect(run(build(open), 'regio').err).toContain('(Did you mean region?)');
  });

  it('says what its program wants said, and keeps the hint', () => {
    expect(run(build(closed, { message: 'regions are experimental' }), 'region')).toEqual(
      refused('commander.unknownCommand', `error: regions are experimental\n${HINT}\n`),
    );
  });

  it('stays to be seen if it is told to', () => {
    expect(run(build(closed, { visible: true }), 'region').ran).toEqual(['region']);
    expect(run(build(closed, { visible: true }), '--help').out).toContain('region|reg');
  });

  it('as the default command, it is not called unless it is named', () => {
    const byDefault =
      (gates: Gates<Names> | undefined): Build =>
      (program, did) => {
        program.command('status').action(() => did('status'));
        if (gates === undefined) return;
        const region = program.command('region', { isDefault: true }).argument('[name]').option('--all');
        gateCommand(region, { gates, gate: 'MultiRegion' }).action((name) => did('region', name));
      };
    for (const line of ['', 'north', '--all', '--help', 'status']) {
      expect(run(byDefault(closed), line)).toEqual(run(byDefault(undefined), line));
    }
    expect(run(byDefault(closed), 'region')).toEqual(unknown('region'));
    expect(run(byDefault(open), 'north').ran).toEqual(['region', 'north']);
    // another default is left alone
    const other: Build = (program, did) => {
      program.command('status', { isDefault: true }).action(() => did('status'));
      gateCommand(program.command('region'), { gates: closed, gate: 'MultiRegion' });
    };
    expect(run(other, '').ran).toEqual(['status']);
  });

  it('of a program in a file of its own, it is not started', () => {
    const external = (program: Command): void => {
      program.command('region', 'regions', { executableFile: 'no-such-file' });
      gateCommand(program.commands[0]!, { gates: closed, gate: 'MultiRegion' });
    };
    expect(run(external, 'region')).toEqual(unknown('region'));
    expect(run(external, 'help region')).toEqual(unknown('region'));
  });

  it('is not taken for an argument of its parent', () => {
    const withAction: Build = (program, did) => {
      program.argument('[what]').action((what) => did('root', what));
      gateCommand(program.command('region'), { gates: closed, gate: 'MultiRegion' });
    };
    expect(run(withAction, 'region')).toEqual(unknown('region'));
    expect(run(withAction, 'other').ran).toEqual(['root', 'other']);
  });

  it('under another, it is refused by that one', () => {
    const nested: Build = (program, did) => {
      const cluster = program.command('cluster');
      cluster.command('list').action(() => did('list'));
      gateCommand(cluster.command('region'), { gates: closed, gate: 'MultiRegion' }).action(() => did('region'));
    };
    expect(run(nested, 'cluster region')).toEqual(unknown('region'));
    expect(run(nested, 'cluster --help').out).not.toContain('region');
    expect(run(nested, 'cluster list').ran).toEqual(['list']);
  });

  it('is refused without exitOverride by the exit code of commander', () => {
    expect(run(build(closed), 'region').exitCode).toBe(run(build(closed), 'nonsense').exitCode);
  });

  it('shows the help after the error where the program wants that, and nothing of the command in it', () => {
    const { err } = run((program, did) => {
      program.showHelpAfterError();
      build(closed)(program, did);
    }, 'region');
    expect(err).toContain(`${HINT}\n\nUsage: sunbeam`);
    expect(err.slice(err.indexOf('Usage'))).not.toContain('region');
  });

  it('in an async program, it is refused before anything ran', async () => {
    const program = new Command('sunbeam').exitOverride().configureOutput({ writeErr: () => {} });
    build(closed)(program, () => expect.unreachable());
    await expect(program.parseAsync(['region'], { from: 'user' })).rejects.toMatchObject({
      code: 'commander.unknownCommand',
    });
  });

  it('must have been added to its parent', () => {
    const lonely = () => gateCommand(new Command('region'), { gates: closed, gate: 'MultiRegion' });
    expect(lonely).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});
