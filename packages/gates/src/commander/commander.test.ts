import { Command, Option } from 'commander';
import { describe, expect, it } from 'vitest';
import { type Build, closed, declareGates, type Names, open, run } from '../../test/run-commander.ts';
import { type Gates, layer, liveGates } from '../index.ts';
import { gateChoices, gateCommand, gateOption } from './index.ts';

describe('names of gates', () => {
  it('are refused where the tree is built, with a suggestion', () => {
    const wrong = 'MultiRegoin' as 'MultiRegion';
    const builds: ((program: Command) => unknown)[] = [
      (program) => gateCommand(program.command('x'), { gates: open, gate: wrong }),
      (program) => gateOption(program, new Option('--x'), { gates: open, gate: wrong }),
      (program) => program.addOption(gateChoices(new Option('--x <x>'), ['a'], { gates: open, by: { b: wrong } })),
    ];
    for (const build of builds) {
      expect(() => build(new Command())).toThrow(
        expect.objectContaining({ code: 'NOT_FOUND', message: expect.stringContaining('Did you mean MultiRegion?') }),
      );
    }
  });

  it('are typed', () => {
    const program = new Command();
    // @ts-expect-error no such gate
    expect(() => gateOption(program, new Option('--x'), { gates: open, gate: 'multi-region' })).toThrow();
    // @ts-expect-error no such gate
    expect(() => gateChoices(new Option('--x'), [], { gates: open, by: { a: 'multi-region' } })).toThrow();
  });
});

describe('when gates are read', () => {
  it('is when the tree is built, from gates, their holder or a function', () => {
    const live = liveGates(closed);
    let asked = 0;
    const from = (): Gates<Names> => {
      asked++;
      return live.current;
    };
    const build =
      (gates: typeof live | typeof from): Build =>
      (program, did) => {
        gateCommand(program.command('region'), { gates, gate: 'MultiRegion' }).action(() => did('region'));
      };
    expect(asked).toBe(0);
    expect(run(build(from), 'region').code).toBe('commander.unknownCommand');
    expect(asked).toBe(1);
    live.apply(layer('cluster', { MultiRegion: true }));
    expect(run(build(from), 'region').ran).toEqual(['region']);
    expect(run(build(live), 'region').ran).toEqual(['region']);
  });
});

describe('hints of the program itself', () => {
  it('stand in the place of the usual one', () => {
    const hint = ({ name }: { name: string }) => `Enable it with: snap set openstack feature.${name}=true`;
    const build = (program: Command): void => {
      gateCommand(program.command('region'), { gates: closed, gate: 'MultiRegion', hint });
      gateOption(program, new Option('--token'), { gates: closed, gate: 'MultiRegion', hint });
      program.addOption(
        gateChoices(new Option('--role <r>'), ['x'], { gates: closed, by: { x: 'MultiRegion' }, hint }),
      );
    };
    for (const line of ['region', '--token', '--role x']) {
      expect(run(build, line).err).toContain(
        'not enabled. Enable it with: snap set openstack feature.MultiRegion=true',
      );
    }
  });
});

describe('graduation', () => {
  /** Everything that can be gated, gated or as it would be written without gates. */
  const build =
    (gates: Gates<Names> | undefined): Build =>
    (program, did) => {
      const region = program.command('region').description('regions');
      const token = new Option('--token <token>', 'of the region');
      const role = new Option('--role <role>', 'of the node').default('control');
      if (gates === undefined) {
        region.addOption(token).addOption(role.choices(['control', 'region']));
      } else {
        gateCommand(region, { gates, gate: 'MultiRegion', message: 'regions are experimental' });
        gateOption(region, token, { gates, gate: 'MultiRegion' });
        const by = { region: 'MultiRegion' } as const;
        region.addOption(gateChoices(role, ['control', 'region'], { gates, by, showGated: true }));
      }
      region.action((options) => did(options));
    };
  const ga = declareGates('ga');

  it.each([
    '--help',
    'help region',
    'region --help',
    'region',
    'region --token x --role region',
    'region --role nonsense',
    'region --tokn x',
    'regin',
    '',
  ])('a GA gate leaves "%s" byte for byte as it is without gates', (line) => {
    const plain = run(build(undefined), line);
    expect(run(build(ga), line)).toEqual(plain);
    // and so does one that is open
    expect(run(build(open), line)).toEqual(plain);
  });

  it('what is deprecated warns when it is used, not when it is there', () => {
    const warnings: string[] = [];
    const old: Build = (program, did) => {
      program.command('new').action(() => did('new'));
      gateCommand(program.command('old'), { gates: fresh(), gate: 'old' }).action(() => did('old'));
      gateOption(program.commands[0]!, new Option('--old [how]').env('SUNBEAM_TEST_OLD'), {
        gates: fresh(),
        gate: 'old',
      });
      program.commands[0]!.addOption(
        gateChoices(new Option('--as <as>'), ['old', 'new'], { gates: fresh(), by: { old: 'old' } }),
      );
    };
    // a warning is told once per declaration
    const fresh = (): Gates<Names> => declareGates('alpha', (message) => warnings.push(message));
    const warned = (line: string): readonly string[] => {
      warnings.length = 0;
      expect(run(old, line).code).toBeUndefined();
      return [...warnings];
    };
    const warning = 'feature gate old is deprecated and will be removed in 0.9; use MultiRegion instead';
    expect(warned('new --as new')).toEqual([]);
    expect(warned('old')).toEqual([warning]);
    expect(warned('new --old')).toEqual([warning]);
    expect(warned('new --as old')).toEqual([warning]);
    process.env.SUNBEAM_TEST_OLD = 'yes';
    try {
      expect(warned('new')).toEqual([warning]);
    } finally {
      delete process.env.SUNBEAM_TEST_OLD;
    }
  });
});
