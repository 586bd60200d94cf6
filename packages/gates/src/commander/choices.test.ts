import { Argument, Option } from 'commander';
import { describe, expect, it } from 'vitest';
import { type Build, closed, HINT, type Names, open, refused, run } from '../../test/run-commander.ts';
import type { Gates } from '../index.ts';
import { gateChoices } from './index.ts';

describe('gateChoices', () => {
  const ROLE_GATES = { region: 'MultiRegion', axolotl: 'axolotl-mode' } as const;
  const ROLES = ['control', 'region', 'compute'];
  const build =
    (gates: Gates<Names>, flags = '-r, --role <role>', showGated = false): Build =>
    (program, did) => {
      const role = new Option(flags, 'of the node').env('SUNBEAM_TEST_ROLE');
      program
        .addOption(gateChoices(role, ROLES, { gates, by: ROLE_GATES, showGated }))
        .action((options) => did(options));
    };

  it('closed: the value is refused as any other wrong one, with the hint', () => {
    expect(run(build(closed), '--role region')).toEqual(
      refused(
        'commander.invalidArgument',
        `error: option '-r, --role <role>' argument 'region' is invalid. Allowed choices are control, compute.\n${HINT}\n`,
      ),
    );
    expect(run(build(closed), '--role wrong').err).toBe(
      "error: option '-r, --role <role>' argument 'wrong' is invalid. Allowed choices are control, compute.\n",
    );
    expect(run(build(closed), '-rcompute').ran).toEqual([{ role: 'compute' }]);
  });

  it('closed: from a variable as well', () => {
    process.env.SUNBEAM_TEST_ROLE = 'region';
    try {
      expect(run(build(closed), '')).toMatchObject({
        code: 'commander.invalidArgument',
        err: expect.stringContaining(`value 'region' from env 'SUNBEAM_TEST_ROLE' is invalid`),
      });
      expect(run(build(closed), '').err).toContain(HINT);
    } finally {
      delete process.env.SUNBEAM_TEST_ROLE;
    }
  });

  it('closed: the help hides it, or tells its gate if that is asked for', () => {
    const help = (gates: Gates<Names>, showGated?: boolean) =>
      run(build(gates, '--role <role>', showGated), '--help').out.replace(/\s+/g, ' ');
    expect(help(closed)).toContain('of the node (choices: "control", "compute", env:');
    expect(help(closed)).not.toContain('region');
    expect(help(closed, true)).toContain('of the node (with feature gate MultiRegion: "region") (choices: "control",');
    expect(help(open, true)).toContain('of the node (choices: "control", "region", "compute", env:');
  });

  it('variadic and repeated', () => {
    const flags = '-r, --role <role...>';
    expect(run(build(open, flags), '-r control region -r compute').ran).toEqual([
      { role: ['control', 'region', 'compute'] },
    ]);
    expect(run(build(closed, flags), '-r control region').err).toContain(HINT);
    expect(run(build(closed, flags), '-r control -r compute').ran).toEqual([{ role: ['control', 'compute'] }]);
  });

  it('an argument', () => {
    const argument =
      (gates: Gates<Names>): Build =>
      (program, did) => {
        const role = new Argument('<role>', 'of the node');
        program.addArgument(gateChoices(role, ROLES, { gates, by: ROLE_GATES })).action((given) => did(given));
      };
    expect(run(argument(closed), 'region')).toEqual(
      refused(
        'commander.invalidArgument',
        `error: command-argument value 'region' is invalid for argument 'role'. Allowed choices are control, compute.\n${HINT}\n`,
      ),
    );
    expect(run(argument(closed), 'control').ran).toEqual(['control']);
    expect(run(argument(open), 'region').ran).toEqual(['region']);
  });

  it('nothing that is closed may be given by default', () => {
    const taker = (value: unknown) => () =>
      gateChoices(new Option('--role <role...>').default(value), ROLES, { gates: closed, by: ROLE_GATES });
    expect(taker('region')).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    expect(taker(['control', 'region'])).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    expect(taker('control')).not.toThrow();
  });

  it('names of objects are values as others', () => {
    const odd: Build = (program, did) => {
      const option = new Option('--role <role>');
      program
        .addOption(gateChoices(option, ['constructor', '__proto__'], { gates: closed, by: ROLE_GATES }))
        .action((options) => did(options));
    };
    expect(run(odd, '--role constructor').ran).toEqual([{ role: 'constructor' }]);
    expect(run(odd, '--role __proto__').ran).toEqual([{ role: '__proto__' }]);
    expect(run(odd, '--role toString').code).toBe('commander.invalidArgument');
  });

  it('where all are closed there is nothing to choose from', () => {
    const all =
      (gates: Gates<Names>): Build =>
      (program, did) => {
        const role = new Option('--role <role>', 'of the node');
        const site = new Argument('[site]', 'of the node');
        const by = { region: 'MultiRegion' } as const;
        program
          .addOption(gateChoices(role, ['region'], { gates, by }))
          .addArgument(gateChoices(site, ['region'], { gates, by }))
          .action((where, options) => did(where, options));
      };
    const { out } = run(all(closed), '--help');
    expect(out).toMatch(/of the node$/m);
    expect(out).not.toContain('choices');
    const wrong = "error: option '--role <role>' argument 'x' is invalid. There is nothing to choose from.\n";
    expect(run(all(closed), '--role x')).toEqual(refused('commander.invalidArgument', wrong));
    expect(run(all(closed), '--role region').err).toBe(
      `error: option '--role <role>' argument 'region' is invalid. There is nothing to choose from.\n${HINT}\n`,
    );
    expect(run(all(closed), 'region').err).toContain(HINT);
    expect(run(all(closed), '').ran).toEqual([undefined, {}]);
    expect(run(all(open), 'region --role region').ran).toEqual(['region', { role: 'region' }]);
  });
});
