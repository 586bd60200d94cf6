import { describe, expect, it } from 'vitest';
import { thrownBy } from '../test/thrown.ts';
import { defineGates, type Gates } from './gates.ts';
import { LAYERS, type Layer, layer } from './layer.ts';

const ABOUT = { owner: '@platform', description: 'Serves events.', since: '0.3.0' };
const program = { program: 'zarf', version: '0.5.0', onWarning: () => {} };
const on = (gates: Gates): readonly string[] =>
  gates
    .list()
    .filter(({ enabled }) => enabled)
    .map(({ name }) => name);

describe('layers', () => {
  const gates = defineGates(program, { Beta: { ...ABOUT, stage: 'beta' } });

  it('lie on one another in this order', () => {
    expect(LAYERS).toEqual(['override', 'flag', 'env', 'file', 'cluster', 'local', 'user']);
  });

  it.each(LAYERS.map((name, i) => [name, LAYERS.slice(i + 1)] as const))('%s lies above %j', (name, below) => {
    const others = below.map((other) => layer(other, { Beta: false }));
    const top = gates.with(...others, layer(name, { Beta: true }, `the ${name}`));
    expect(top.state('Beta')).toMatchObject({ enabled: true, layer: name, from: `the ${name}` });
    expect(top.without(name).enabled('Beta')).toBe(others.length === 0);
  });

  it('that say nothing of a gate leave it to those below', () => {
    expect(gates.with(layer('flag', {}), layer('user', { Beta: false })).state('Beta').layer).toBe('user');
  });
});

// As in Kubernetes' table for AllAlpha and AllBeta, with what its gates remember left out.
describe('AllAlpha and AllBeta', () => {
  const gates = defineGates(program, {
    Alpha: { ...ABOUT, stage: 'alpha' },
    AlphaLocked: { ...ABOUT, stage: 'alpha', locked: true },
    AlphaOn: { ...ABOUT, stage: 'alpha', default: true },
    Beta: { ...ABOUT, stage: 'beta' },
    BetaOff: { ...ABOUT, stage: 'beta', default: false },
    Ga: { ...ABOUT, stage: 'ga' },
    Old: { ...ABOUT, stage: 'deprecated', default: false },
  });
  const asDeclared = ['AlphaOn', 'Beta', 'Ga'];

  it.each<[what: string, layers: readonly Layer[], on: readonly string[]]>([
    ['AllAlpha', [layer('flag', { AllAlpha: true })], ['Alpha', 'AlphaOn', 'Beta', 'Ga']],
    ['no AllAlpha', [layer('flag', { AllAlpha: false })], ['Beta', 'Ga']],
    ['AllBeta', [layer('flag', { AllBeta: true })], ['AlphaOn', 'Beta', 'BetaOff', 'Ga']],
    ['no AllBeta', [layer('flag', { AllBeta: false })], ['AlphaOn', 'Ga']],
    ['both', [layer('flag', { AllAlpha: true, AllBeta: true })], ['Alpha', 'AlphaOn', 'Beta', 'BetaOff', 'Ga']],
    ['AllAlpha, then one off', [layer('flag', { AllAlpha: true, Alpha: false })], asDeclared],
    ['one off, then AllAlpha', [layer('flag', { Alpha: false, AllAlpha: true })], asDeclared],
    ['none, but one', [layer('flag', { AllAlpha: false, Alpha: true })], ['Alpha', 'Beta', 'Ga']],
    ['by its key', [layer('cluster', { 'feature.AllAlpha': true })], ['Alpha', 'AlphaOn', 'Beta', 'Ga']],
    [
      'a gate of a higher layer',
      [layer('flag', { AlphaOn: false }), layer('env', { AllAlpha: true })],
      ['Alpha', 'Beta', 'Ga'],
    ],
    [
      'a gate of a lower layer',
      [layer('flag', { AllAlpha: true }), layer('env', { Alpha: false })],
      ['Alpha', ...asDeclared],
    ],
    [
      'one in each of two layers',
      [layer('flag', { AllAlpha: false }), layer('env', { AllAlpha: true })],
      ['Beta', 'Ga'],
    ],
  ])('%s', (_what, layers, expected) => {
    expect(on(gates.with(...layers))).toEqual(expected);
    expect(on(gates.with(...layers.toReversed()))).toEqual(expected);
  });

  it('leave nothing behind', () => {
    const all = gates.with(layer('flag', { AllAlpha: true }));
    expect(on(all.with(layer('flag', {})))).toEqual(asDeclared);
    expect(on(all.without('flag'))).toEqual(asDeclared);
  });

  it('say why', () => {
    const all = gates.with(layer('flag', { AllAlpha: true }, '--feature-gates'));
    expect(all.state('Alpha')).toMatchObject({
      layer: 'flag',
      from: '--feature-gates',
      why: 'AllAlpha=true, set by --feature-gates',
    });
    expect(all.state('AlphaLocked')).toMatchObject({ enabled: false, layer: 'locked', why: 'alpha and locked' });
  });
});

describe('requirements', () => {
  const off = { ...ABOUT, stage: 'alpha' } as const;
  const gates = defineGates(program, {
    A: { ...off, requires: ['B', 'C'] },
    B: off,
    C: off,
    D: { ...off, requires: ['A'] },
  });

  it.each<[what: string, layers: readonly Layer[], messages: readonly string[]]>([
    [
      'two that are off',
      [layer('flag', { A: true })],
      ['A is enabled, but depends on features that are disabled: [B C]'],
    ],
    [
      'one that is off',
      [layer('flag', { A: true }), layer('env', { C: true })],
      ['A is enabled, but depends on features that are disabled: [B]'],
    ],
    [
      'one that is switched off above',
      [layer('flag', { B: false }), layer('env', { A: true, B: true, C: true })],
      ['A is enabled, but depends on features that are disabled: [B]'],
    ],
    [
      'both of a chain',
      [layer('user', { A: true, D: true, B: true })],
      ['A is enabled, but depends on features that are disabled: [C]'],
    ],
    [
      'all that are wrong, each by itself',
      [layer('user', { D: true })],
      ['D is enabled, but depends on features that are disabled: [A]'],
    ],
  ])('%s: refused in the words of Kubernetes', (_what, layers, messages) => {
    const error = thrownBy(() => gates.with(...layers));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.issues.map(({ message }) => message)).toEqual(messages);
    expect(error.issues.every(({ code }) => code === 'unmet-requirement')).toBe(true);
  });

  it('that are met, by whatever layer', () => {
    const met = gates.with(layer('flag', { A: true }), layer('cluster', { B: true }), layer('user', { C: true }));
    expect(on(met)).toEqual(['A', 'B', 'C']);
    expect(met.issues).toEqual([]);
  });

  it.each<[what: string, layers: readonly Layer[], on: readonly string[], off: readonly (readonly [string, string])[]]>(
    [
      [
        'the cluster switches a gate on without them',
        [layer('cluster', { A: true, B: true })],
        ['B'],
        [['A', 'it requires C, which is off']],
      ],
      ['nor one of them', [layer('cluster', { A: true })], [], [['A', 'it requires B, C, which are off']]],
      [
        'the cluster switches them off',
        [layer('flag', { A: true }), layer('env', { C: true }), layer('cluster', { B: false })],
        ['C'],
        [['A', 'it requires B, which is off']],
      ],
      [
        'the local file does, and what hangs on that one is off too',
        [layer('flag', { A: true, D: true, C: true }), layer('local', { B: false })],
        ['C'],
        [
          ['A', 'it requires B, which is off'],
          ['D', 'it requires A, which is off'],
        ],
      ],
    ],
  )('%s: off, and told', (_what, layers, expected, told) => {
    const lenient = gates.with(...layers);
    expect(on(lenient)).toEqual(expected);
    expect(lenient.issues.map(({ severity, code, path }) => [severity, code, ...path])).toEqual(
      told.map(([name]) => ['warning', 'unmet-requirement', 'requirement', name]),
    );
    for (const [name, why] of told) {
      expect(lenient.state(name as 'A')).toMatchObject({ enabled: false, layer: 'requirement', why });
    }
  });

  describe('that the cluster takes away again', () => {
    const before = gates.with(layer('cluster', { B: true, C: true })).with(layer('flag', { A: true, D: true }));

    it('leave the gate off: the cluster is not stopped by a command line', () => {
      expect(on(before)).toEqual(['A', 'B', 'C', 'D']);
      const after = before.with(layer('cluster', { C: true }));
      expect(on(after)).toEqual(['C']);
      expect(after.state('A')).toMatchObject({
        layer: 'requirement',
        from: 'flag',
        why: 'it requires B, which is off',
      });
      expect(after.issues.map(({ code }) => code)).toEqual(['unmet-requirement', 'unmet-requirement']);
      expect(on(after.with(layer('cluster', { B: true, C: true })))).toEqual(['A', 'B', 'C', 'D']);
    });

    it('are no error of what is changed next', () => {
      const after = before.with(layer('cluster', {}));
      expect(on(after.with(layer('env', { B: true })))).toEqual(['B']);
      expect(on(after.with(layer('env', { B: true, C: true })))).toEqual(['A', 'B', 'C', 'D']);
    });

    it('with the whole layer, too', () => {
      expect(on(before.without('cluster'))).toEqual([]);
    });

    it('but what is new and wrong is an error', () => {
      const other = defineGates(program, {
        A: { ...off, requires: ['B'] },
        B: off,
        X: { ...off, requires: ['Y'] },
        Y: off,
      });
      const after = other
        .with(layer('cluster', { B: true }))
        .with(layer('flag', { A: true }))
        .without('cluster');
      const error = thrownBy(() => after.with(layer('env', { X: true })));
      expect(error.issues.map(({ path }) => path)).toEqual([['env', 'X']]);
    });
  });
});
