import { InMemoryProvider, OpenFeature } from '@openfeature/server-sdk';
import { allocated, time } from './measure.mjs';
import { assertShare } from './prove.mjs';
import { median, ratioOf } from './stats.mjs';
import * as subjects from './subjects/index.mjs';

const ANSWER = Object.freeze({ value: true, variant: 'on', reason: 'STATIC', flagMetadata: Object.freeze({}) });

/** The least a provider can do; `async`, as the interface has it. */
function constant() {
  return four('constant', () => ANSWER);
}

function four(name, resolve) {
  return {
    metadata: { name },
    runsOn: 'server',
    resolveBooleanEvaluation: async (key, fallback, context, logger) => resolve(key, fallback, context, logger),
    resolveStringEvaluation: async (key, fallback, context, logger) => resolve(key, fallback, context, logger),
    resolveNumberEvaluation: async (key, fallback, context, logger) => resolve(key, fallback, context, logger),
    resolveObjectEvaluation: async (key, fallback, context, logger) => resolve(key, fallback, context, logger),
  };
}

function inMemory(flags) {
  const entries = flags.map(({ key, on }) => [
    key,
    { variants: { on: true, off: false }, defaultVariant: on ? 'on' : 'off', disabled: false },
  ]);
  return new InMemoryProvider(Object.fromEntries(entries));
}

const PROVIDERS = {
  constant,
  'in-memory': inMemory,
  async flagd(flags) {
    const { open, input } = await subjects.load('flagd');
    return four('flagd-core', open(input(flags)).resolve);
  },
  async flagwright(flags) {
    const { input } = await subjects.load('flagwright');
    const { memoryStore } = await import('@flagwright/sources/memory');
    const { flagProvider } = await import('@flagwright/provider');
    return flagProvider(memoryStore(input(flags)));
  },
};

const context = ({ id, ...attributes }) => ({ targetingKey: id, ...attributes });

/** Why a provider has no such case. */
const cannot = (name, caseName) => (name === 'in-memory' && caseName !== 'S1' ? 'no rules of its own' : undefined);

async function each(scenario, name, measure) {
  const cases = {};
  for (const [caseName, make] of Object.entries(scenario.cases)) {
    const reason = cannot(name, caseName);
    if (reason !== undefined) {
      cases[caseName] = { cannot: reason };
      continue;
    }
    const work = make();
    const provider = await PROVIDERS[name](work.flags);
    cases[caseName] = await measure(work, provider, work.users.map(context), name);
    await provider.onClose?.();
  }
  return cases;
}

const logger = { error() {}, warn() {}, info() {}, debug() {} };

/** S8, the provider's own resolve: awaited only if it answers with a promise. */
export function resolving({ scenario, name, ms }) {
  return each(scenario, name, async (work, provider, contexts) => {
    await provider.initialize?.({});
    const last = contexts.length - 1;
    let i = 0;
    let kept;
    const call = () => {
      i = i === last ? 0 : i + 1;
      kept = provider.resolveBooleanEvaluation(work.key, false, contexts[i], logger);
      return kept;
    };
    const awaits = call() instanceof Promise;
    if (name !== 'constant')
      await proveShare(
        work,
        contexts,
        async (c) => (await provider.resolveBooleanEvaluation(work.key, false, c, logger)).value,
      );
    return { ...(await time(call, ms)), allocated: await allocated(call), awaits };
  });
}

/** Short blocks, so that a disturbance from outside meets few of them. */
const CALLS = 100;

/**
 * S8, through the SDK: blocks of calls to the provider and to a constant one take turns, each round in the other order;
 * every round gives one ratio.
 */
export function throughSdk({ scenario, name, rounds }) {
  return each(scenario, name, async (work, provider, contexts) => {
    await OpenFeature.setProviderAndWait('base', constant());
    await OpenFeature.setProviderAndWait('tried', provider);
    const base = OpenFeature.getClient('base');
    const tried = OpenFeature.getClient('tried');
    if (name !== 'constant') await proveShare(work, contexts, (c) => tried.getBooleanValue(work.key, false, c));
    for (let i = 0; i < 30; i++) for (const client of [base, tried]) await block(client, work.key, contexts);
    const ratios = [];
    const [times, bases] = [[], []];
    for (let round = 0; round < rounds; round++) {
      const first = round % 2 === 0 ? base : tried;
      const second = round % 2 === 0 ? tried : base;
      const one = await block(first, work.key, contexts);
      const two = await block(second, work.key, contexts);
      const [mine, theirs] = first === tried ? [one, two] : [two, one];
      times.push(mine);
      bases.push(theirs);
      ratios.push(mine / theirs);
    }
    await OpenFeature.clearProviders();
    return { unit: 'ns', value: median(times), base: median(bases), ratios, rounds, ...ratioOf(ratios) };
  });
}

let at = 0;

async function block(client, key, contexts) {
  const start = performance.now();
  for (let n = 0; n < CALLS; n++) {
    at = at + 1 < contexts.length ? at + 1 : 0;
    await client.getBooleanValue(key, false, contexts[at]);
  }
  return ((performance.now() - start) * 1e6) / CALLS;
}

async function proveShare(work, contexts, ask) {
  let on = 0;
  const some = contexts.slice(0, 2000);
  for (const c of some) if ((await ask(c)) === true) on++;
  assertShare(work.expect, on / some.length);
}
