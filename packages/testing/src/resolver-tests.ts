import { expect } from 'vitest';
import { need } from './fixture.ts';
import { endTests } from './resolver-end-tests.ts';
import { CONTRACT_FLAGS, type ResolverFixture, type ResolverTestOptions } from './resolver-fixture.ts';
import { lifeTests } from './resolver-life-tests.ts';
import { listTests } from './resolver-list-tests.ts';
import {
  ask,
  expectGood,
  expectNoAnswers,
  expectServed,
  FALLBACKS,
  ODD_KEYS,
  oddContexts,
  SOMEBODY,
  TYPES,
  typeOf,
  vandalise,
} from './resolver-samples.ts';
import { secretTests } from './resolver-secret-tests.ts';
import type { Tests } from './suite.ts';

const FLAGS = Object.entries(CONTRACT_FLAGS);
const NO_EVENTS = { ready() {}, changed() {}, stale() {}, error() {} };

/** Starts a resolver whose events do not matter. */
async function start({ resolver }: ResolverFixture): Promise<void> {
  await resolver.start?.(NO_EVENTS);
}

/** The tests of the contract, by name. */
export function resolverTests(options: ResolverTestOptions): Tests<ResolverFixture> {
  return { ...answerTests, ...listTests, ...lifeTests(options), ...endTests(options), ...secretTests(options) };
}

const answerTests: Tests<ResolverFixture> = {
  'has a name that is no address': async ({ resolver }) => {
    expect(resolver.name).toMatch(/^[^/:@\n]+$/);
  },
  'answers the fallback with PROVIDER_NOT_READY before it is started': async ({ resolver }, context) => {
    need(context, resolver.start, 'start()');
    await expectNoAnswers(resolver, 'PROVIDER_NOT_READY');
    for (const type of TYPES) {
      expect((await ask(resolver, type, 'contract-missing')).errorCode).toBe('PROVIDER_NOT_READY');
    }
  },
  'serves every flag in its type, with a reason': async (fixture) => {
    await start(fixture);
    await expectGood(fixture.resolver);
    const changing = await ask(fixture.resolver, 'boolean', 'contract-changing', { fallback: true });
    expect(changing).toMatchObject({ value: false });
  },
  'answers FLAG_NOT_FOUND with the fallback for a flag that is not there': async (fixture) => {
    await start(fixture);
    for (const key of ['contract-missing', ...ODD_KEYS]) {
      for (const type of TYPES) {
        const { errorCode } = await ask(fixture.resolver, type, key);
        expect(errorCode, `${type} ${key.slice(0, 40)}`).toBe('FLAG_NOT_FOUND');
      }
    }
    for (const fallback of [null, [], {}, '', 0, false]) {
      await ask(fixture.resolver, typeOf(fallback), 'contract-missing', { fallback });
    }
  },
  'answers TYPE_MISMATCH with the fallback where another type is asked for': async (fixture) => {
    await start(fixture);
    for (const [key, value] of FLAGS) {
      for (const type of TYPES.filter((one) => one !== typeOf(value))) {
        expect((await ask(fixture.resolver, type, key)).errorCode, `${type} of ${key}`).toBe('TYPE_MISMATCH');
      }
    }
  },
  'answers a flag that is off with DISABLED, and no error': async (fixture) => {
    await start(fixture);
    for (const fallback of [false, true]) {
      const answer = await ask(fixture.resolver, 'boolean', 'contract-off', { fallback });
      expect(answer.errorCode, answer.errorMessage).toBeUndefined();
      expect(answer.reason).toBe('DISABLED');
      // its own off value, or the caller's word
      expect([false, fallback]).toContain(answer.value);
    }
  },
  'gives nothing away that a caller could change': async (fixture) => {
    const { resolver } = fixture;
    const { inspect } = await inspecting();
    const check = async (): Promise<void> => {
      for (const key of [...Object.keys(CONTRACT_FLAGS), 'contract-off', 'contract-missing']) {
        for (const type of TYPES) {
          const again = { fallback: structuredClone(FALLBACKS[type]) };
          const first = await ask(resolver, type, key, { fallback: structuredClone(FALLBACKS[type]) });
          const was = inspect(first, { depth: 10 });
          vandalise(first);
          expect(inspect(await ask(resolver, type, key, again), { depth: 10 })).toBe(was);
        }
      }
    };
    await check();
    await start(fixture);
    await check();
  },
  'answers whatever the context holds, and leaves it as it was': async (fixture) => {
    await start(fixture);
    const { inspect } = await inspecting();
    for (const [what, context] of Object.entries(oddContexts())) {
      const before = inspect(context, { depth: 10, showHidden: true });
      for (const key of [...Object.keys(CONTRACT_FLAGS), 'contract-off', 'contract-missing']) {
        for (const type of TYPES) await ask(fixture.resolver, type, key, { context });
      }
      expect(inspect(context, { depth: 10, showHidden: true }), what).toBe(before);
    }
    expect('polluted' in {}).toBe(false);
    await expectGood(fixture.resolver);
  },
  'serves the same to many at once': async (fixture) => {
    await start(fixture);
    const keys = Object.keys(CONTRACT_FLAGS);
    const context = { ...SOMEBODY };
    await Promise.all(
      Array.from({ length: 1_000 }, (_, i) => expectServed(fixture.resolver, keys[i % keys.length]!, { context })),
    );
  },
  'gives each of many at once their own fallback': async (fixture) => {
    const { resolver } = fixture;
    const check = async (): Promise<void> => {
      const asking = Array.from({ length: 200 }, async (_, i) => {
        await ask(resolver, 'string', 'contract-missing', { fallback: `fallback-${i}` });
        await ask(resolver, 'number', 'contract-string', { fallback: i });
        await ask(resolver, 'object', 'contract-missing', { fallback: { i } });
        const fallback = i % 2 === 0;
        const off = await ask(resolver, 'boolean', 'contract-off', { fallback });
        expect([false, fallback]).toContain(off.value);
      });
      await Promise.all(asking);
    };
    await check();
    await start(fixture);
    await check();
  },
  'takes tracked events at any time': async (fixture, context) => {
    const { resolver } = fixture;
    need(context, resolver.track, 'track()');
    const track = (): unknown => resolver.track?.('contract', { targetingKey: 'contract-user' }, { value: 1 });
    // a promise would be lost, and its rejection would end the process
    expect(track()).toBeUndefined();
    await start(fixture);
    expect(track()).toBeUndefined();
    expect(resolver.track('contract', {}, {})).toBeUndefined();
    await resolver.stop?.();
    expect(track()).toBeUndefined();
  },
};

/** Not imported with this module, which would open standard error. */
const inspecting = (): Promise<typeof import('node:util')> => import('node:util');
