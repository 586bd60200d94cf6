import { FlagError } from '@flagwright/core';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { thrownBy } from '../../test/thrown.ts';
import { createFeatures } from '../api/index.ts';
import { defineGates, type Gates } from '../gates.ts';
import { layer } from '../layer.ts';
import { liveGates } from '../live.ts';
import { overrideGates, withGates } from './index.ts';

const ABOUT = { owner: '@platform', description: 'Serves events.', since: '0.3.0' };
const program = { program: 'zarf', version: '0.5.0', onWarning: () => {} };
const DECLARATIONS = {
  A: { ...ABOUT, stage: 'beta', requires: ['B'] },
  B: { ...ABOUT, stage: 'beta' },
  C: { ...ABOUT, stage: 'alpha' },
  D: { ...ABOUT, stage: 'alpha', requires: ['A'] },
  Locked: { ...ABOUT, stage: 'ga', locked: true },
  Later: { owner: '@platform', description: 'Later.', history: [{ version: '0.9', stage: 'alpha' }] },
} as const;
const holder = () => liveGates(defineGates(program, DECLARATIONS));
const on = ({ current }: { readonly current: Gates }): string =>
  current
    .list()
    .filter(({ enabled }) => enabled)
    .map(({ name }) => name)
    .join(' ');

/** A promise that is settled from outside. */
function open(): { readonly promise: Promise<void>; readonly end: () => void; readonly fail: (why: Error) => void } {
  let [end, fail] = [(): void => {}, (_why: Error): void => {}];
  const promise = new Promise<void>((resolve, reject) => {
    [end, fail] = [resolve, reject];
  });
  return { promise, end, fail };
}

describe('withGates', () => {
  it('overrides while a function runs, and returns what that does', () => {
    const gates = holder();
    const seen = withGates(gates, { C: true }, (now) => [on(gates), now === gates.current] as const);
    expect(seen).toEqual(['A B C Locked', true]);
    expectTypeOf(seen).toEqualTypeOf<readonly [string, boolean]>();
    expect(on(gates)).toBe('A B Locked');
    expect(gates.current.layer('override')).toBeUndefined();
  });

  it('lies above all layers, and says who it was', () => {
    const gates = liveGates(defineGates(program, DECLARATIONS).with(layer('flag', { C: false })));
    withGates(
      gates,
      { C: true },
      () => expect(gates.current.state('C')).toMatchObject({ enabled: true, layer: 'override', from: 'the test of C' }),
      { by: 'the test of C' },
    );
    withGates(gates, { C: true }, () =>
      expect(gates.current.state('C').from).toMatch(/^withGates at .*override\.test/),
    );
    expect(gates.current.state('C').layer).toBe('flag');
  });

  it('lasts until a promise is settled', async () => {
    const gates = holder();
    const { promise, end } = open();
    const done = withGates(gates, { C: true }, async () => {
      await promise;
      return on(gates);
    });
    expectTypeOf(done).toEqualTypeOf<Promise<string>>();
    expect(gates.enabled('C')).toBe(true);
    end();
    expect(await done).toBe('A B C Locked');
    expect(gates.enabled('C')).toBe(false);
  });

  it('restores what was when the function throws, or its promise fails', async () => {
    const gates = holder();
    const why = new Error('no');
    expect(() =>
      withGates(gates, { C: true }, () => {
        throw why;
      }),
    ).toThrow(why);
    expect(on(gates)).toBe('A B Locked');
    await expect(withGates(gates, { C: true }, () => Promise.reject(why))).rejects.toBe(why);
    expect(on(gates)).toBe('A B Locked');
    expect(withGates(gates, { C: true }, () => on(gates))).toBe('A B C Locked');
  });

  it('puts back the overrides of the program, the same layer', () => {
    const own = layer('override', { AllAlpha: true, A: true, 'feature.B': true });
    const gates = liveGates(defineGates(program, DECLARATIONS).with(own));
    expect(on(gates)).toBe('A B C D Locked');
    withGates(gates, { C: false, B: false }, () => expect(on(gates)).toBe('Locked'));
    expect(gates.current.layer('override')).toBe(own);
    expect(on(gates)).toBe('A B C D Locked');
  });

  it('tells listeners of one swap there and one back', () => {
    const gates = holder();
    const swaps: string[] = [];
    gates.on((now) => void swaps.push(on({ current: now })));
    withGates(gates, { B: false, C: true }, () => {});
    expect(swaps).toEqual(['C Locked', 'A B Locked']);
  });

  it('overrides nothing if nothing is named', () => {
    const gates = holder();
    expect(withGates(gates, {}, () => on(gates))).toBe('A B Locked');
    expect(on(gates)).toBe('A B Locked');
  });

  it('takes the gates of features', () => {
    const features = createFeatures();
    features.setDefault([{ name: 'axolotl-mode', enabled: false, stage: 'alpha' }]);
    const seen = withGates(features.gates(), { 'axolotl-mode': true }, () => features.isEnabled('axolotl-mode'));
    expect([seen, features.isEnabled('axolotl-mode')]).toEqual([true, false]);
  });

  it('knows the names', () => {
    const gates = holder();
    // @ts-expect-error a slip of the finger does not compile
    expect(thrownBy(() => withGates(gates, { Locket: true }, () => {}))).toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('Did you mean Locked?'),
    });
  });
});

describe('gates that require others', () => {
  it('are off while what they require is switched off', () => {
    const gates = liveGates(defineGates(program, DECLARATIONS).with(layer('flag', { D: true })));
    expect(on(gates)).toBe('A B D Locked');
    withGates(gates, { B: false }, () => {
      expect(on(gates)).toBe('Locked');
      expect(gates.current.state('D')).toMatchObject({ layer: 'override', from: 'an override of what it requires' });
    });
    expect(on(gates)).toBe('A B D Locked');
  });

  it('cannot be switched on while what they require is off', () => {
    const gates = liveGates(defineGates(program, DECLARATIONS).with(layer('flag', { A: false })));
    const error = thrownBy(() => withGates(gates, { D: true }, () => {}));
    expect(error.message).toContain('D is enabled, but depends on features that are disabled: [A]');
    expect(on(gates)).toBe('B Locked');
    expect(withGates(gates, { D: true, A: true }, () => on(gates))).toBe('A B D Locked');
  });

  it('nor while the cluster has it off, which would be no error in production', () => {
    const gates = liveGates(defineGates(program, DECLARATIONS).with(layer('cluster', { B: false })));
    const error = thrownBy(() => withGates(gates, { A: true }, () => {}));
    expect(error.message).toBe('A cannot be overridden to true: it requires B, which is off. Override that too');
    expect(gates.current.layer('override')).toBeUndefined();
    expect(withGates(gates, { A: true, B: true }, () => on(gates))).toBe('A B Locked');
  });
});

describe('what no program can have', () => {
  it.each([
    [{ Locked: false }, 'cannot set feature gate Locked to false, feature is locked to true'],
    [{ Later: true }, 'cannot set feature gate Later to true, it comes after version 0.5.0'],
    [{ C: 'false' as never }, 'C cannot be overridden to "false"; expected true or false'],
    [{ C: undefined as never }, 'C cannot be overridden to nothing; expected true or false'],
  ])('%j is refused', (overrides, message) => {
    for (const onLockedOverride of ['error', 'ignore'] as const) {
      const gates = liveGates(defineGates({ ...program, onLockedOverride }, DECLARATIONS));
      const error = thrownBy(() => withGates(gates, { ...overrides, B: false }, () => {}));
      expect(error.code).toBe('INVALID_ARGUMENT');
      expect(error.message).toContain(message);
      expect(on(gates)).toBe('A B Locked');
    }
  });

  it('a locked gate may be named with the value it has', () => {
    const warnings: string[] = [];
    const told = { ...program, onWarning: (message: string) => void warnings.push(message) };
    const gates = liveGates(defineGates(told, DECLARATIONS));
    expect(withGates(gates, { Locked: true, Later: false }, () => on(gates))).toBe('A B Locked');
    expect(warnings).toEqual([]);
  });
});

describe('several overrides', () => {
  it('of other gates lie in one another', () => {
    const gates = holder();
    withGates(gates, { C: true }, () => {
      withGates(gates, { A: false }, () => expect(on(gates)).toBe('B C Locked'));
      expect(on(gates)).toBe('A B C Locked');
    });
    expect(on(gates)).toBe('A B Locked');
  });

  it.each([true, false])('of the same gate are refused, also if it is to be the same: %s', (enabled) => {
    const gates = holder();
    withGates(
      gates,
      { C: true },
      () => {
        const error = thrownBy(() => withGates(gates, { A: false, C: enabled }, () => {}, { by: 'the inner test' }));
        expect(error.code).toBe('CONFLICT');
        expect(error.message).toContain(
          `C cannot be overridden to ${enabled} by the inner test: it is overridden to true by the outer test`,
        );
        expect(on(gates)).toBe('A B C Locked');
      },
      { by: 'the outer test' },
    );
    expect(on(gates)).toBe('A B Locked');
  });

  it('of the same gate are refused side by side, and name the place of the other', async () => {
    const gates = holder();
    const { promise, end } = open();
    const first = withGates(gates, { C: true }, () => promise);
    const error = thrownBy(() => withGates(gates, { C: false }, () => promise));
    expect(error.message).toMatch(/it is overridden to true by withGates at .*override\.test\.ts:\d+:\d+/);
    end();
    await first;
    expect(withGates(gates, { C: true }, () => on(gates))).toBe('A B C Locked');
  });

  it('of other holders are others', () => {
    const [one, other] = [holder(), holder()];
    withGates(one, { C: true }, () => {
      withGates(other, { C: false, B: false }, () => expect([on(one), on(other)]).toEqual(['A B C Locked', 'Locked']));
    });
  });

  it('one may end that another needs: that gate is off from then on', async () => {
    const gates = liveGates(defineGates(program, DECLARATIONS).with(layer('flag', { A: false })));
    const [outer, inner] = [open(), open()];
    const first = withGates(gates, { A: true }, () => outer.promise);
    const second = withGates(gates, { D: true }, () => inner.promise);
    expect(on(gates)).toBe('A B D Locked');
    outer.end();
    await first;
    expect(on(gates)).toBe('B Locked');
    expect(withGates(gates, { C: true }, () => on(gates))).toBe('B C Locked');
    expect(withGates(gates, { A: true }, () => on(gates))).toBe('A B D Locked');
    inner.end();
    await second;
    expect(on(gates)).toBe('B Locked');
  });

  it('one may end whose gate has no right to come back', () => {
    const gates = liveGates(defineGates(program, DECLARATIONS).with(layer('flag', { D: true })));
    const first = overrideGates(gates, { D: false });
    const second = overrideGates(gates, { B: false });
    first();
    expect(on(gates)).toBe('Locked');
    second();
    expect(on(gates)).toBe('A B D Locked');
  });

  it('restoring twice restores once', () => {
    const gates = holder();
    const first = overrideGates(gates, { C: true });
    first();
    const second = overrideGates(gates, { C: true });
    first();
    expect(on(gates)).toBe('A B C Locked');
    expect(() => overrideGates(gates, { C: false })).toThrow(FlagError);
    second();
    expect(on(gates)).toBe('A B Locked');
  });

  it('one after the other each restore what was before them', () => {
    const gates = holder();
    overrideGates(gates, { C: true })();
    gates.apply(layer('override', { B: false, A: false }));
    overrideGates(gates, { C: true })();
    expect(on(gates)).toBe('Locked');
  });
});

it('overrides may end in any order, and what is left holds', async () => {
  const NAMES = ['G0', 'G1', 'G2', 'G3', 'G4'] as const;
  const FREE = Object.fromEntries(NAMES.map((name) => [name, { ...ABOUT, stage: 'alpha' } as const]));
  const values = fc
    .subarray([...NAMES], { minLength: 1 })
    .chain((names) => fc.tuple(...names.map((name) => fc.tuple(fc.constant(name), fc.boolean()))))
    .map((entries) => new Map<string, boolean>(entries));
  // each begins an override, then ends the one at this place of those that are there, if any
  const steps = fc.array(
    fc.record({
      values,
      end: fc.option(fc.nat({ max: 9 })),
      fails: fc.boolean(),
      base: fc.option(fc.constantFrom(...NAMES), { freq: 9 }),
    }),
    { maxLength: 12 },
  );
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(fc.option(fc.constantFrom(...NAMES)), steps, async (own, plan) => {
      const declared = defineGates(program, FREE);
      const gates = liveGates(own === null ? declared : declared.with(layer('override', { [own]: true })));
      const flags = new Map<string, boolean>();
      const active: {
        readonly values: ReadonlyMap<string, boolean>;
        readonly done: Promise<unknown>;
        end(): void;
        fail(why: Error): void;
      }[] = [];
      const expected = (): Record<string, boolean> =>
        Object.fromEntries(
          NAMES.map((name) => {
            const value = active.find((one) => one.values.has(name))?.values.get(name);
            return [name, value ?? (name === own || (flags.get(name) ?? false))];
          }),
        );
      const check = (): void =>
        expect(Object.fromEntries(gates.current.list().map(({ name, enabled }) => [name, enabled]))).toEqual(
          expected(),
        );
      const endOne = async (place: number, fails: boolean): Promise<void> => {
        const [one] = active.splice(place % active.length, 1);
        if (fails) one!.fail(new Error('no'));
        else one!.end();
        await one!.done;
        check();
      };
      for (const { values: drawn, end, fails, base } of plan) {
        const body = open();
        try {
          const run = withGates(gates, Object.fromEntries(drawn), () => body.promise);
          active.push({ values: drawn, done: run.catch(() => {}), end: body.end, fail: body.fail });
          expect(active.slice(0, -1).some((one) => [...drawn.keys()].some((name) => one.values.has(name)))).toBe(false);
        } catch (thrown) {
          expect(FlagError.from(thrown).code).toBe('CONFLICT');
          refused++;
        }
        check();
        // other layers may change meanwhile, and that stays
        if (base !== null) {
          flags.set(base, true);
          gates.apply(layer('env', Object.fromEntries(flags)));
          check();
        }
        if (end !== null && active.length > 0) await endOne(end, fails);
      }
      while (active.length > 0) await endOne(0, false);
      expect(gates.current.layer('override')?.settings.map(({ name }) => name)).toEqual(
        own === null ? undefined : [own],
      );
    }),
    { numRuns: 150 },
  );
  expect(refused).toBeGreaterThan(20);
});
