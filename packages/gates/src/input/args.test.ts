import { describe, expect, it } from 'vitest';
import { thrownBy } from '../../test/thrown.ts';
import { defineGates } from '../gates.ts';
import { gatesFromArgs } from './args.ts';
import { type GateFlagNames, layerFromFlags } from './flags.ts';

const said = (argv: readonly string[], names?: GateFlagNames) => {
  const { layer, rest } = gatesFromArgs(argv, { names });
  expect(layer.name).toBe('flag');
  return [layer.settings.map(({ name, enabled, from }) => `${from} ${name}=${enabled}`).sort(), rest];
};

describe('a command line', () => {
  it.each<[argv: readonly string[], settings: readonly string[], rest: readonly string[]]>([
    [[], [], []],
    [['deploy', '--wait', 'x'], [], ['deploy', '--wait', 'x']],
    [['--feature-gates=A=true,B=false'], ['--feature-gates A=true', '--feature-gates B=false'], []],
    [['a', '--feature-gates', 'A=true', 'b'], ['--feature-gates A=true'], ['a', 'b']],
    [['--features', 'a=true', '--features=b=0'], ['--features a=true', '--features b=false'], []],
    [['--features={"a":"true"}'], ['--features a=true'], []],
    [['--feature-enable=Foo,Bar'], ['--feature-enable Bar=true', '--feature-enable Foo=true'], []],
    [['--feature-enable', 'Foo, Bar'], ['--feature-enable Bar=true', '--feature-enable Foo=true'], []],
    [
      ['--feature-disable', 'Foo', '--feature-disable=Bar'],
      ['--feature-disable Bar=false', '--feature-disable Foo=false'],
      [],
    ],
    [['--feature-gates=', 'x', '--feature-gates', ''], [], ['x']],
    [['run', '--', '--feature-gates=A=true'], [], ['run', '--', '--feature-gates=A=true']],
    [
      ['--feature-enable', 'A', '--', '--feature-enable', 'B'],
      ['--feature-enable A=true'],
      ['--', '--feature-enable', 'B'],
    ],
    // near misses are for whoever parses the rest
    [
      ['--feature-gate=A=true', '-feature-gates=A=true', '--FEATURES=a=true'],
      [],
      ['--feature-gate=A=true', '-feature-gates=A=true', '--FEATURES=a=true'],
    ],
    [['feature-gates=A=true', '--toString=x', '--'], [], ['feature-gates=A=true', '--toString=x', '--']],
  ])('%j', (argv, settings, rest) => {
    expect(said(argv)).toEqual([settings, rest]);
  });

  it.each([
    [['--feature-gates']],
    [['--feature-enable', '--wait']],
    [['--features', '--', 'a=true']],
    [['--feature-disable', '-v', 'A']],
  ])('%j lacks a value', (argv) => {
    const error = thrownBy(() => gatesFromArgs(argv));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toBe(`flag needs an argument: ${argv[0]}`);
  });

  it('tells every problem at once', () => {
    const argv = [
      '--feature-gates=A',
      '--features=b=x',
      '--feature-enable=C=true',
      '--feature-gates=D=2',
      '--feature-disable',
    ];
    expect(thrownBy(() => gatesFromArgs(argv)).message.split('\n')).toEqual([
      'missing bool value for A (set by --feature-gates)',
      'invalid value of D=2, err: strconv.ParseBool: parsing "2": invalid syntax (set by --feature-gates)',
      'unable to parse feature value: x into bool for key: b (set by --features)',
      'C=true is no name: this list has names only (set by --feature-enable)',
      'flag needs an argument: --feature-disable',
    ]);
  });

  it('leaves its argument as it was', () => {
    const argv = Object.freeze(['--feature-enable', 'A', 'x']);
    expect(gatesFromArgs(argv).rest).toEqual(['x']);
  });
});

it.each([undefined, null, '--features=a=true', ['a', 5], [undefined]])('%j is no command line', (argv) => {
  expect(thrownBy(() => gatesFromArgs(argv as never)).code).toBe('INVALID_ARGUMENT');
});

describe('names of a program', () => {
  it('can be others, or none', () => {
    const names = { featureGates: '--gates', features: false, featureEnable: '--enable' } as const;
    const argv = ['--gates=A=true', '--features=x', '--enable', 'B', '--feature-enable=y', '--feature-disable=C'];
    expect(said(argv, names)).toEqual([
      ['--enable B=true', '--feature-disable C=false', '--gates A=true'],
      ['--features=x', '--feature-enable=y'],
    ]);
  });

  it.each<[GateFlagNames]>([
    [{ features: '-f' as '--f' }],
    [{ features: 'features' as '--f' }],
    [{ features: '--a=b' }],
    [{ features: '--feature-gates' }],
    [{ features: '--x', featureEnable: '--x' }],
    [false as never],
    [null as never],
    [{ feature_gates: '--gates' } as GateFlagNames],
    [{ features: 5 as never }],
    [{ features: ['--with'] as never }],
  ])('%j cannot be', (names) => {
    expect(thrownBy(() => gatesFromArgs([], { names })).code).toBe('INVALID_ARGUMENT');
  });
});

describe('flags that a framework has parsed', () => {
  it('are a text, or a list of them', () => {
    const flags = {
      featureGates: ['A=true', 'B=false'],
      features: 'c=true',
      featureEnable: 'D,E',
      featureDisable: ['F', 'G,H'],
    };
    expect(layerFromFlags(flags).settings.map(({ name, enabled, from }) => `${from} ${name}=${enabled}`)).toEqual([
      '--feature-gates A=true',
      '--feature-gates B=false',
      '--features c=true',
      '--feature-enable D=true',
      '--feature-enable E=true',
      '--feature-disable F=false',
      '--feature-disable G=false',
      '--feature-disable H=false',
    ]);
    expect(layerFromFlags({ features: undefined, featureGates: [] })).toEqual({ name: 'flag', settings: [] });
  });

  it.each(['feature_gates', 'feature-gates', '--feature-gates', 'FeatureGates', 'feature-enable'])(
    'are not called %s',
    (key) => {
      const error = thrownBy(() => layerFromFlags({ [key]: 'A=true' }));
      expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
      expect(error.message).toMatch(/expected feature(Gates|Enable)$/);
    },
  );

  it('may have others beside them, as frameworks give all', () => {
    const options = { verbose: true, featureset: 'x', features: 'a=true' };
    expect(layerFromFlags(options).settings).toHaveLength(1);
  });

  it('must be there', () => {
    expect(thrownBy(() => layerFromFlags(undefined as never)).code).toBe('INVALID_ARGUMENT');
  });

  it('are named as the program names them', () => {
    const { settings } = layerFromFlags({ features: 'c=true' }, { names: { features: '--with' } });
    expect(settings).toEqual([{ name: 'c', enabled: true, from: '--with' }]);
  });

  it('need a value', () => {
    const error = thrownBy(() => layerFromFlags({ features: true as unknown as string }));
    expect([error.code, error.message]).toEqual(['INVALID_ARGUMENT', 'flag needs an argument: --features']);
  });
});

describe('on and off on one command line', () => {
  const about = { stage: 'alpha', owner: '@platform', description: 'For tests.', since: '1.0.0' } as const;
  const gates = defineGates({ program: 'zarf', version: '1.0.0' }, { Foo: about, 'axolotl-mode': about });

  it.each([
    [
      ['--feature-enable=Foo', '--feature-disable=Foo'],
      'Foo is both enabled (by --feature-enable) and disabled (by --feature-disable)',
    ],
    [
      ['--feature-disable=Foo', '--feature-gates=Foo=true'],
      'Foo is both enabled (by --feature-gates) and disabled (by --feature-disable)',
    ],
    [
      ['--features=axolotl-mode=true', '--features=axolotl-mode=false'],
      'axolotl-mode is both enabled (by --features) and disabled (by --features)',
    ],
    [
      ['--features=feature.Foo=true', '--feature-gates=Foo=false'],
      'Foo is both enabled (by --features) and disabled (by --feature-gates)',
    ],
  ])('%j', (argv, says) => {
    const error = thrownBy(() => gates.with(gatesFromArgs(argv).layer));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.issues).toMatchObject([{ code: 'on-and-off' }]);
    expect(error.message).toContain(says);
  });

  it('is no quarrel if all say the same', () => {
    const { layer } = gatesFromArgs(['--feature-enable=Foo', '--features=Foo=true', '--feature-gates=Foo=1']);
    expect(gates.with(layer).enabled('Foo')).toBe(true);
  });
});
