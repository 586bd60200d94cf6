import { FlagError, type Issue } from '@flagwright/core';
import { describe, expect, it } from 'vitest';
import { thrownBy } from '../test/thrown.ts';
import type { ProgramOptions } from './declaration.ts';
import { defineGates } from './gates.ts';
import { type GateSetting, LAYERS, type LayerName, LENIENT, layer } from './layer.ts';

const ABOUT = { owner: '@platform', description: 'Serves events.', since: '0.3.0' };
const DECLARATIONS = {
  Alpha: { ...ABOUT, stage: 'alpha' },
  Beta: { ...ABOUT, stage: 'beta' },
  Ga: { ...ABOUT, stage: 'ga' },
  LockedOn: { ...ABOUT, stage: 'ga', locked: true },
  LockedOff: { ...ABOUT, stage: 'alpha', locked: true },
  Old: { ...ABOUT, stage: 'deprecated', default: false },
  Gone: { ...ABOUT, stage: 'removed', default: true },
  Future: { owner: '@platform', description: 'Later.', history: [{ version: '0.9', stage: 'alpha' }] },
} as const;
const gatesOf = (options: Partial<ProgramOptions> = {}) =>
  defineGates({ program: 'zarf', version: '0.5.0', onWarning: () => {}, ...options }, DECLARATIONS);

const settings = (...given: readonly (readonly [name: string, enabled: unknown, from?: string])[]) =>
  given.map(([name, enabled, from = '--feature-gates']) => ({ name, enabled, from }) as GateSetting);

function issuesOf(name: LayerName, given: readonly GateSetting[], options?: Partial<ProgramOptions>): readonly Issue[] {
  try {
    return gatesOf(options).with({ name, settings: given }).issues;
  } catch (thrown) {
    if (thrown instanceof FlagError && thrown.code === 'INVALID_ARGUMENT') return thrown.issues;
    throw thrown;
  }
}

// In the words of Kubernetes; who set it stands behind.
const REFUSED: readonly (readonly [what: string, GateSetting[], code: string, message: string])[] = [
  [
    'an unknown gate',
    settings(['Gamma', true]),
    'unknown-gate',
    'unrecognized feature gate: Gamma (set by --feature-gates)',
  ],
  [
    'a locked gate, to the other value',
    settings(['LockedOn', false]),
    'locked',
    'cannot set feature gate LockedOn to false, feature is locked to true (set by --feature-gates)',
  ],
  [
    'a gate that is locked off',
    settings(['LockedOff', true]),
    'locked',
    'cannot set feature gate LockedOff to true, feature is locked to false (set by --feature-gates)',
  ],
  [
    'a removed gate, to the other value',
    settings(['Gone', false]),
    'locked',
    'cannot set feature gate Gone to false, feature is locked to true (set by --feature-gates)',
  ],
  [
    'a gate of a later version',
    settings(['Future', true]),
    'pre-alpha',
    'cannot set feature gate Future to true, feature is PreAlpha at version 0.5.0 (set by --feature-gates)',
  ],
  [
    'text, which is always truthy',
    settings(['Beta', 'false']),
    'not-a-boolean',
    'invalid value of Beta="false", expected true or false (set by --feature-gates)',
  ],
  [
    'null',
    settings(['AllAlpha', null]),
    'not-a-boolean',
    'invalid value of AllAlpha=null, expected true or false (set by --feature-gates)',
  ],
  [
    'a gate on and off in one source',
    settings(['Beta', true, '--feature-enable'], ['Beta', false, '--feature-disable']),
    'on-and-off',
    'feature gate Beta is both enabled (by --feature-enable) and disabled (by --feature-disable)',
  ],
  [
    'both spellings, on and off',
    settings(['feature.Beta', false, 'a'], ['Beta', true, 'b']),
    'on-and-off',
    'feature gate Beta is both enabled (by b) and disabled (by a)',
  ],
  [
    'AllBeta on and off',
    settings(['AllBeta', true, 'a'], ['AllBeta', false, 'b']),
    'on-and-off',
    'feature gate AllBeta is both enabled (by a) and disabled (by b)',
  ],
];

describe('a setting that cannot be followed', () => {
  it.each(REFUSED)('%s is an error', (_what, given, code, message) => {
    const issues = issuesOf('flag', given);
    expect(issues).toEqual([expect.objectContaining({ severity: 'error', code, message })]);
    expect(issues[0]!.path[0]).toBe('flag');
  });

  it.each(REFUSED)('%s is only told of the cluster, and sets nothing', (_what, given, code, message) => {
    const issues = issuesOf('cluster', given);
    expect(issues).toEqual([expect.objectContaining({ severity: 'warning', code, message })]);
    const gates = gatesOf().with({ name: 'cluster', settings: given });
    expect(gates.list().map(({ name, enabled }) => [name, enabled])).toEqual(
      gatesOf()
        .list()
        .map(({ name, enabled }) => [name, enabled]),
    );
  });

  it.each(LAYERS)('of the layer %s is an error unless the layer is written elsewhere', (name) => {
    expect(issuesOf(name, settings(['Gamma', true]))[0]!.severity).toBe(LENIENT.has(name) ? 'warning' : 'error');
  });

  it('is told with all the others', () => {
    const given = settings(['Gamma', true], ['LockedOn', false], ['Future', true], ['Delta', true], ['Beta', true]);
    expect(issuesOf('flag', given).map(({ path }) => path)).toEqual([
      ['flag', 'Gamma'],
      ['flag', 'LockedOn'],
      ['flag', 'Future'],
      ['flag', 'Delta'],
    ]);
  });

  it.each([
    ['Beto', 'did you mean Beta?'],
    ['l-o-c-k-e-d-o-n', 'did you mean LockedOn?'],
    ['beta', 'did you mean Beta?'],
    ['feature.Beto', 'did you mean Beta?'],
  ])('%s comes with a suggestion', (name, hint) => {
    expect(issuesOf('flag', settings([name, true]))).toEqual([expect.objectContaining({ hint })]);
  });

  it('is told in a message of no more than 50 lines, however many there are', () => {
    const many = Array.from({ length: 2_700 }, (_, i) => [`Beta${i}`, true] as const);
    const error = thrownBy(() => gatesOf().with({ name: 'flag', settings: settings(...many) }));
    expect(error.issues).toHaveLength(2_700);
    expect(error.message.split('\n')).toHaveLength(52);
    expect(error.message.split('\n').at(-1)).toBe('  and 2650 more');
    // to look for what was meant takes long, and so many are no slips
    expect(error.issues.filter(({ hint }) => hint !== undefined)).toHaveLength(20);
  });

  it.each([true, 'yes'])('is shown shortened if its name is long (%s)', (value) => {
    const long = settings(['y'.repeat(100_000), value], [`z${' '.repeat(100_000)}`, value]);
    expect(thrownBy(() => gatesOf().with({ name: 'flag', settings: long })).message.length).toBeLessThan(1_000);
  });

  it('says where it stands', () => {
    const place = { file: 'gates.yaml', line: 3, column: 5 };
    expect(issuesOf('file', [{ name: 'Gamma', enabled: true, from: 'gates.yaml', place }])[0]).toMatchObject({ place });
  });
});

describe('a setting that can be followed', () => {
  it.each<[what: string, given: GateSetting[]]>([
    ['a locked gate, to the value it has', settings(['LockedOn', true], ['LockedOff', false], ['Gone', true])],
    ['a gate of a later version, off', settings(['Future', false])],
    ['the same twice', settings(['Beta', false], ['Beta', false], ['feature.Beta', false])],
    ['AllAlpha, and a gate of its own', settings(['AllAlpha', true], ['Alpha', false])],
    ['nothing', []],
  ])('%s', (_what, given) => {
    expect(issuesOf('flag', given)).toEqual([]);
  });

  it.each(['Beta', 'feature.Beta', 'feature.feature.Beta'])('by the spelling %s', (name) => {
    const gates = gatesOf().with({ name: 'cluster', settings: settings([name, false]) });
    expect(gates.state('Beta')).toMatchObject({ enabled: false, layer: 'cluster', from: '--feature-gates' });
  });

  it('says who, where and why', () => {
    const place = { file: 'gates.yaml', line: 3, column: 5 };
    const gates = gatesOf().with({
      name: 'file',
      settings: [{ name: 'Alpha', enabled: true, from: 'gates.yaml', place }],
    });
    expect(gates.state('Alpha')).toMatchObject({
      enabled: true,
      default: false,
      layer: 'file',
      from: 'gates.yaml',
      place,
      why: 'set by gates.yaml',
    });
  });
});

describe('options', () => {
  it('allowUnknown takes what is not declared, and does nothing with it', () => {
    const given = settings(['Gamma', true], ['Gamma', false], ['__proto__', true], ['constructor', true]);
    expect(issuesOf('flag', given, { allowUnknown: true })).toEqual([]);
    const gates = gatesOf({ allowUnknown: true }).with({ name: 'flag', settings: given });
    expect(gates.has('Gamma')).toBe(false);
    expect(gates.list()).toEqual(gatesOf().list());
  });

  it('onLockedOverride: ignore tells instead of refusing', () => {
    const gates = gatesOf({ onLockedOverride: 'ignore' }).with(layer('flag', { LockedOn: false, Beta: false }));
    expect([gates.enabled('LockedOn'), gates.enabled('Beta')]).toEqual([true, false]);
    expect(gates.issues).toEqual([expect.objectContaining({ severity: 'warning', code: 'locked' })]);
    expect(gates.state('LockedOn')).toMatchObject({ layer: 'locked', why: 'ga and locked', from: undefined });
  });

  it('prototype names in a layer set nothing', () => {
    const given = settings(['__proto__', true], ['constructor', true], ['toString', false]);
    expect(issuesOf('flag', given).map(({ code }) => code)).toEqual(['unknown-gate', 'unknown-gate', 'unknown-gate']);
    expect(layer('flag', JSON.parse('{ "__proto__": true }')).settings).toEqual([
      { name: '__proto__', enabled: true, from: 'flag' },
    ]);
  });
});
