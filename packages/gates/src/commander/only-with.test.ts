import { Option } from 'commander';
import { describe, expect, it } from 'vitest';
import { type Build, closed, type Names, open, refused, run } from '../../test/run-commander.ts';
import type { Gates } from '../index.ts';
import { gateOption, onlyWith } from './index.ts';

describe('onlyWith', () => {
  const build: Build = (program, did) => {
    const token = new Option('--token <token>').default('none').env('SUNBEAM_TEST_TOKEN');
    program
      .addOption(new Option('-r, --role <role...>').choices(['control', 'region']))
      .option('--mode <mode>')
      .addOption(token)
      .action((options) => did(options));
    onlyWith(program, token, { role: ['region'], mode: ['a', 'b'] });
  };

  it.each<[string, string | undefined]>([
    ['', undefined],
    ['--token x --role region --mode a', undefined],
    ['--mode b --role control region --token x', undefined],
    ['--role region', undefined],
    ['--token x', "'--role region' and '--mode a|b'"],
    ['--token x --role region', "'--mode a|b'"],
    ['--token x --role control --mode a', "'--role region'"],
  ])('"%s"', (line, needed) => {
    const outcome = run(build, line);
    if (needed === undefined) expect(outcome).toMatchObject({ code: undefined, ran: [expect.anything()] });
    else {
      const err = `error: option '--token <token>' cannot be used without ${needed}\n`;
      expect(outcome).toEqual(refused('commander.conflictingOption', err));
    }
  });

  it('does not count a variable where it does not apply', () => {
    process.env.SUNBEAM_TEST_TOKEN = 'secret';
    try {
      expect(run(build, '').ran).toEqual([{ token: 'none' }]);
      expect(run(build, '-r region --mode a').ran).toEqual([{ role: ['region'], mode: 'a', token: 'secret' }]);
    } finally {
      delete process.env.SUNBEAM_TEST_TOKEN;
    }
  });

  it('goes together with a gate, and stays when that opens', () => {
    const both =
      (gates: Gates<Names>): Build =>
      (program, did) => {
        const token = new Option('--token <token>');
        program.option('--role <role>').action((options) => did(options));
        onlyWith(gateOption(program, token, { gates, gate: 'MultiRegion' }), token, { role: ['region'] });
      };
    expect(run(both(closed), '--token x --role region').code).toBe('commander.unknownOption');
    expect(run(both(closed), '--role region').ran).toEqual([{ role: 'region' }]);
    expect(run(both(open), '--token x --role region').ran).toEqual([{ role: 'region', token: 'x' }]);
    expect(run(both(open), '--token x').code).toBe('commander.conflictingOption');
  });

  it('finds what it needs in options of the program', () => {
    const tree: Build = (program, did) => {
      const token = new Option('--token <token>');
      program.option('--role <role>');
      const join = program.command('join').addOption(token);
      onlyWith(join, token, { role: ['region'] }).action(() => did('join'));
    };
    expect(run(tree, '--role region join --token x').ran).toEqual(['join']);
    expect(run(tree, 'join --token x').err).toContain("'--role region'");
  });

  it('of an option of the program, finds what it needs in options of the command that is called', () => {
    const tree: Build = (program, did) => {
      const token = new Option('--token <token>').env('SUNBEAM_TEST_TOKEN');
      onlyWith(program.addOption(token), token, { role: ['region'] });
      program
        .command('join')
        .option('-r, --role <role...>')
        .action((options) => did(options));
      program.command('list').action((_, command) => did(command.optsWithGlobals()));
    };
    expect(run(tree, '--token x join --role region').ran).toEqual([{ role: ['region'] }]);
    expect(run(tree, '--token x join --role control').err).toContain("without '--role region'");
    expect(run(tree, '--token x list').code).toBe('commander.conflictingOption');
    process.env.SUNBEAM_TEST_TOKEN = 'secret';
    try {
      expect(run(tree, 'list').ran).toEqual([{ token: undefined }]);
    } finally {
      delete process.env.SUNBEAM_TEST_TOKEN;
    }
  });
});
