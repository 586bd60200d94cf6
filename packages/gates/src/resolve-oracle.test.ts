import { FlagError } from '@flagwright/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkDeclarations } from './check.ts';
import type { GateDeclaration, GateDeclarations } from './declaration.ts';
import { defineGates, type Gates } from './gates.ts';
import { type GateSetting, LAYERS, type Layer, type LayerName, layer } from './layer.ts';
import { MATURITIES } from './maturity.ts';

const ABOUT = { owner: '@platform', description: 'Serves events.', since: '0.3.0' };
const program = { program: 'zarf', version: '0.5.0', onWarning: () => {} };
const NAMES = ['G0', 'G1', 'G2', 'G3', 'G4', 'G5'] as const;

/** Declarations that are sound: what `checkDeclarations` says of requirements is taken out. */
const declarationsOf = fc
  .tuple(
    ...NAMES.map((_, i) =>
      fc.record({
        stage: fc.constantFrom(...MATURITIES),
        default: fc.constantFrom(undefined, true, false),
        locked: fc.boolean(),
        future: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
        requires: fc.subarray(NAMES.slice(0, i)),
      }),
    ),
  )
  .map((drawn): GateDeclarations => {
    const declarations: Record<string, GateDeclaration> = {};
    for (const [
      i,
      { stage, default: byDefault = stage === 'ga' || stage === 'beta', locked, future, requires },
    ] of drawn.entries()) {
      const spec = { stage, default: byDefault, locked: locked || stage === 'removed' };
      const declaration: GateDeclaration = future
        ? { owner: '@a', description: 'b', history: [{ version: '9.0', stage: 'alpha' }] }
        : { ...ABOUT, ...spec };
      declarations[NAMES[i]!] = { ...declaration, requires };
      const errors = checkDeclarations(declarations).filter(({ severity }) => severity === 'error');
      if (errors.length > 0) declarations[NAMES[i]!] = declaration;
    }
    return declarations;
  });

const settingOf: fc.Arbitrary<GateSetting> = fc.record({
  name: fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom(...NAMES) },
    { weight: 4, arbitrary: fc.constantFrom('AllAlpha', 'AllBeta') },
    { weight: 2, arbitrary: fc.constantFrom('feature.G1', 'feature.AllAlpha') },
    { weight: 1, arbitrary: fc.constantFrom('G9', '__proto__', 'constructor') },
  ),
  enabled: fc.boolean(),
  from: fc.constant('a test'),
});

const layersOf = (most: number, names: readonly LayerName[] = LAYERS): fc.Arbitrary<readonly Layer[]> =>
  fc
    .subarray([...names])
    .chain((chosen) =>
      fc.tuple(
        ...chosen.map((name) =>
          fc.array(settingOf, { maxLength: most }).map((settings): Layer => ({ name, settings })),
        ),
      ),
    );

type Outcome =
  | { readonly errors: readonly string[] }
  | { readonly states: Readonly<Record<string, readonly [enabled: boolean, by: string]>> };

/** The rules once more, gate by gate, with no thought of speed. */
function oracle(declarations: GateDeclarations, layers: readonly Layer[]): Outcome {
  const errors = new Set<string>();
  const soft = (name: string): boolean => name === 'cluster' || name === 'local' || name === 'requirement';
  const plain = (name: string): string => name.replace(/^(feature\.)*/, '');
  const future = (name: string): boolean => declarations[name]!.history !== undefined;
  const fixed = (name: string): boolean => future(name) || declarations[name]!.locked === true;
  const start = (name: string): boolean => !future(name) && declarations[name]!.default === true;

  const said = (one: Layer, name: string): boolean | undefined => {
    const values = new Set(
      one.settings.filter((setting) => plain(setting.name) === name).map(({ enabled }) => enabled),
    );
    return values.size === 1 ? [...values][0] : undefined;
  };
  for (const one of layers) {
    const wrong = (code: string, name: string): void =>
      void (soft(one.name) || errors.add(`${code} ${one.name} ${name}`));
    for (const setting of one.settings) {
      const name = plain(setting.name);
      const clash = one.settings.some((other) => plain(other.name) === name && other.enabled !== setting.enabled);
      if (name === 'AllAlpha' || name === 'AllBeta') {
        if (clash) wrong('on-and-off', name);
      } else if (!Object.hasOwn(declarations, name)) wrong('unknown-gate', name);
      else if (future(name)) {
        if (setting.enabled) wrong('pre-alpha', name);
      } else if (fixed(name)) {
        if (setting.enabled !== start(name)) wrong('locked', name);
      } else if (clash) wrong('on-and-off', name);
    }
  }

  const own = (name: string): readonly [boolean, string] => {
    if (fixed(name)) return [start(name), 'locked'];
    for (const layerName of ['override', 'flag', 'env', 'file', 'cluster', 'local', 'user']) {
      const one = layers.find((other) => other.name === layerName);
      if (one === undefined) continue;
      const { stage } = declarations[name]!;
      const all = stage === 'alpha' ? said(one, 'AllAlpha') : stage === 'beta' ? said(one, 'AllBeta') : undefined;
      const value = said(one, name) ?? all;
      if (value !== undefined) return [value, layerName];
    }
    return [start(name), 'default'];
  };
  const final = (name: string): readonly [boolean, string] => {
    const [value, by] = own(name);
    if (!value) return [value, by];
    const missing = (declarations[name]!.requires ?? []).map(final).filter(([enabled]) => !enabled);
    if (missing.length === 0) return [value, by];
    if (soft(by) || missing.some(([, its]) => soft(its))) return [false, 'requirement'];
    errors.add(`unmet-requirement ${by} ${name}`);
    return [value, by];
  };
  const states = Object.fromEntries(Object.keys(declarations).map((name) => [name, final(name)] as const));
  return errors.size > 0 ? { errors: [...errors].sort() } : { states };
}

const outcomeOf = (call: () => Gates): Outcome => {
  try {
    const states = call()
      .list()
      .map(({ name, enabled, layer: by }) => [name, [enabled, by]] as const);
    return { states: Object.fromEntries(states) };
  } catch (thrown) {
    const errors = FlagError.from(thrown).issues.map(({ code, path }) => `${code} ${path.join(' ')}`);
    return { errors: [...new Set(errors)].sort() };
  }
};

describe('resolving', () => {
  it('agrees with the rules written once more', () => {
    let [taken, refused] = [0, 0];
    fc.assert(
      fc.property(declarationsOf, layersOf(4), (declarations, layers) => {
        const expected = oracle(declarations, layers);
        const seen = outcomeOf(() => defineGates(program, declarations).with(...layers));
        if ('errors' in seen) refused++;
        else taken++;
        expect(seen).toEqual(expected);
      }),
      { numRuns: 3_000 },
    );
    // neither side of it may be empty
    expect(Math.min(taken, refused)).toBeGreaterThan(100);
  });

  it('does not depend on the order in which layers are laid', () => {
    const drawn = layersOf(2).chain((layers) =>
      fc.tuple(fc.constant(layers), fc.shuffledSubarray([...layers], { minLength: layers.length })),
    );
    fc.assert(
      fc.property(declarationsOf, drawn, (declarations, [layers, shuffled]) => {
        const gates = defineGates(program, declarations);
        const atOnce = outcomeOf(() => gates.with(...layers));
        expect(outcomeOf(() => gates.with(...shuffled))).toEqual(atOnce);
        if ('errors' in atOnce) return;
        const oneByOne = outcomeOf(() => shuffled.reduce((now: Gates, next) => now.with(next), gates));
        // on the way a gate may have been without what it requires
        if ('states' in oneByOne) expect(oneByOne).toEqual(atOnce);
        else expect(oneByOne.errors.every((error) => error.startsWith('unmet-requirement'))).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('never fails because of the cluster or its file, and forgets what they said before', () => {
    const elsewhere = layersOf(4, ['cluster', 'local']);
    fc.assert(
      fc.property(declarationsOf, layersOf(2), fc.array(elsewhere, { maxLength: 4 }), (declarations, laid, changes) => {
        const gates = defineGates(program, declarations);
        const first = outcomeOf(() => gates.with(...laid));
        fc.pre('states' in first);
        let now = gates.with(...laid);
        for (const change of changes) {
          now = now.with(...change);
          expect(outcomeOf(() => now.with(...change))).toEqual(outcomeOf(() => now));
          for (const { name, enabled, requires } of now.list()) {
            if (enabled) expect([name, requires.filter((other) => !now.enabled(other))]).toEqual([name, []]);
          }
        }
        const put = (name: LayerName): Layer => laid.find((one) => one.name === name) ?? layer(name, {});
        expect(outcomeOf(() => now.with(put('cluster'), put('local')))).toEqual(first);
        for (const name of LAYERS) now = now.without(name);
        expect(outcomeOf(() => now)).toEqual(outcomeOf(() => gates));
      }),
      { numRuns: 1_000 },
    );
  });
});
