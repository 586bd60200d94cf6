import { compile, type FlagDefinition, type Snapshot } from '@flagwright/core';
import { describe, expect, it } from 'vitest';
import { clusterDefinition, clusterGates, MARKS } from './cluster.ts';

function snapshotOf(flags: object, previous?: Snapshot, rest: object = {}): Snapshot {
  const revision = previous === undefined ? 'r.1' : `${previous.revision}1`;
  return compile({ document: { flags: flags as Record<string, FlagDefinition>, ...rest }, revision }, previous);
}

const enabled = (flags: object): Record<string, boolean | undefined> =>
  Object.fromEntries([...clusterGates(snapshotOf(flags)).gates].map(([name, gate]) => [name, gate.enabled]));

const ON = { type: 'bool', default: true };
const OFF = { type: 'bool', default: false };

describe('clusterGates', () => {
  it.each<[string, object, boolean | undefined]>([
    ['on', ON, true],
    ['off', OFF, false],
    ['no type, and a boolean', { default: true }, true],
    ['disabled: unset', { ...ON, enabled: false }, undefined],
    ["flagd's word for it", { state: 'DISABLED', variants: { on: true, off: false }, defaultVariant: 'on' }, undefined],
    ['nothing served: unset', { type: 'bool' }, undefined],
    ['variants', { variants: { on: true, off: false }, defaultVariant: 'off' }, false],
    [
      'rules that an empty context does not match',
      {
        variants: { on: true, off: false },
        defaultVariant: 'off',
        rules: [{ clauses: [{ attribute: 'plan', operator: 'eq', values: ['pro'] }], variation: 'on' }],
      },
      false,
    ],
    [
      'a rule for everybody',
      { variants: { on: true, off: false }, defaultVariant: 'off', rules: [{ variation: 'on' }] },
      true,
    ],
  ])('%s', (_, definition, expected) => {
    const { gates, strange } = clusterGates(snapshotOf({ 'feature.A': definition }));
    expect(gates.get('A')).toEqual({ key: 'feature.A', enabled: expected, definition, write: undefined, replaced: [] });
    expect(strange.size).toBe(0);
  });

  it.each<[string, object]>([
    ['a text', { default: 'true' }],
    ['the text "false", which would be true to some', { type: 'string', default: 'false' }],
    ['a number', { default: 1 }],
    ['null', { default: null }],
    ['of the wrong type', { type: 'bool', default: 'on' }],
    ['nonsense', { type: 'bool', rules: 7 }],
  ])('%s is no gate, and that is told', (_, definition) => {
    const { gates, strange } = clusterGates(snapshotOf({ 'feature.A': definition, 'feature.B': ON }));
    expect([...gates.keys()]).toEqual(['B']);
    expect([...strange.keys()]).toEqual(['feature.A']);
    expect(strange.get('feature.A')).toMatch(/\w/);
  });

  it.each([
    'feature.',
    'feature.1st',
    'feature.a b',
    'feature.a\nb',
    'feature.a..b',
    'feature.__proto__',
    'feature.enable',
  ])('%j is no name of a gate', (key) => {
    const { gates, strange } = clusterGates(snapshotOf(new Map([[key, ON]])));
    expect(gates.size).toBe(0);
    expect([...strange.keys()]).toEqual([key]);
  });

  it('leaves flags that are no gates alone', () => {
    const flags = { A: ON, features: ON, 'Feature.A': ON, 'x.feature.A': ON, feature: ON };
    const { gates, strange } = clusterGates(snapshotOf(flags));
    expect([gates.size, strange.size]).toEqual([0, 0]);
  });

  it('takes dotted names, members of every object, and the gates of a stage', () => {
    const keys = [
      'feature.storage.ceph',
      'feature.constructor',
      'feature.toString',
      'feature.AllAlpha',
      'feature.AllBeta',
    ];
    expect(Object.keys(enabled(Object.fromEntries(keys.map((key) => [key, ON]))))).toEqual(
      keys.map((key) => key.slice('feature.'.length)),
    );
  });

  const spellings = { 'feature.x': OFF, 'feature.feature.x': ON, 'feature.feature.feature.x': ON };
  it.each([
    [['feature.x', 'feature.feature.x']],
    [['feature.feature.x', 'feature.x']],
    [['feature.feature.feature.x', 'feature.feature.x', 'feature.x']],
    [['feature.feature.x', 'feature.x', 'feature.feature.feature.x']],
    [['feature.feature.x', 'feature.feature.feature.x']],
    [['feature.feature.feature.x', 'feature.feature.x']],
    [['feature.feature.x']],
  ] as const)('of the spellings %j the shortest counts, and the others are told', (keys) => {
    const flags = new Map(keys.map((key) => [key, spellings[key]] as const));
    const { gates, strange } = clusterGates(snapshotOf(flags));
    const counts = [...keys].sort((a, b) => a.length - b.length)[0]!;
    expect([...gates]).toEqual([['x', expect.objectContaining({ key: counts, enabled: counts !== 'feature.x' })]]);
    expect([...strange.keys()].sort()).toEqual(keys.filter((key) => key !== counts).sort());
  });

  it('a tombstone of the right spelling wins over a value of the wrong one', () => {
    expect(enabled({ 'feature.feature.x': ON, 'feature.x': clusterDefinition(undefined, 'w1', undefined) })).toEqual({
      x: undefined,
    });
  });

  it('skips what only shows a gate, and says whose', () => {
    const shown = { ...ON, metadata: { [MARKS.shown]: 'sunbeam' } };
    const { gates, strange, shown: programs } = clusterGates(snapshotOf({ 'feature.a': shown, 'feature.b': ON }));
    expect([...gates.keys()]).toEqual(['b']);
    expect(strange.size).toBe(0);
    expect([...programs]).toEqual(['sunbeam']);
  });

  it('keeps the last good value of a gate whose definition went bad, with the definition as it is stored', () => {
    const before = snapshotOf({ 'feature.a': ON });
    const bad = { type: 'bool', rules: 7 };
    const { gates, strange } = clusterGates(snapshotOf({ 'feature.a': bad }, before));
    expect(gates.get('a')).toMatchObject({ enabled: true, definition: bad });
    expect(strange.size).toBe(0);
  });

  it('an override in the set decides', () => {
    const snapshot = snapshotOf({ 'feature.a': OFF }, undefined, { overrides: { 'feature.a': true } });
    expect(clusterGates(snapshot).gates.get('a')?.enabled).toBe(true);
  });

  it('takes only texts for the ids of writes', () => {
    const metadata = { [MARKS.write]: 7, [MARKS.replaced]: true };
    expect(clusterGates(snapshotOf({ 'feature.a': { ...ON, metadata } })).gates.get('a')).toMatchObject({
      write: undefined,
      replaced: [],
    });
  });
});

describe('clusterDefinition', () => {
  it.each([true, false, undefined])('%s is read back as it was written', (value) => {
    const definition = clusterDefinition(value, 'w1', undefined);
    const gate = clusterGates(snapshotOf({ 'feature.a': definition })).gates.get('a');
    expect(gate).toEqual({ key: 'feature.a', enabled: value, definition, write: 'w1', replaced: [] });
  });

  it('remembers the writes before it, newest first, and only so many', () => {
    let definition = clusterDefinition(true, 'w0', undefined);
    for (let i = 1; i <= 20; i++) {
      const before = clusterGates(snapshotOf({ 'feature.a': definition })).gates.get('a');
      definition = clusterDefinition(i % 2 === 0, `w${i}`, before);
    }
    const gate = clusterGates(snapshotOf({ 'feature.a': definition })).gates.get('a')!;
    expect(gate.write).toBe('w20');
    expect(gate.replaced).toEqual(Array.from({ length: 16 }, (_, i) => `w${19 - i}`));
  });

  it('of what somebody else wrote it remembers nothing', () => {
    const before = clusterGates(snapshotOf({ 'feature.a': ON })).gates.get('a');
    expect(clusterDefinition(false, 'w1', before)).toEqual({
      type: 'bool',
      default: false,
      metadata: { 'gate.write': 'w1' },
    });
  });

  it('keeps what people have written about the gate, and nothing that is of another type or of ours', () => {
    const definition = {
      ...ON,
      description: 'Ceph.',
      owner: 7,
      tags: ['storage', 7],
      enabled: false,
      metadata: { ticket: 'ST-7', deep: { a: 1 }, [MARKS.write]: 'w0', [MARKS.shown]: 'sunbeam', ['__proto__']: 'x' },
    };
    const before = { key: 'feature.a', enabled: true, definition, write: 'w0', replaced: [] };
    expect(clusterDefinition(true, 'w1', before)).toEqual({
      type: 'bool',
      default: true,
      description: 'Ceph.',
      metadata: { ticket: 'ST-7', ['__proto__']: 'x', [MARKS.write]: 'w1', [MARKS.replaced]: 'w0' },
    });
  });
});
