import { flagProvider } from '@flagwright/provider';
import { memoryStore } from '@flagwright/sources/memory';
import { observe } from '@flagwright/telemetry';
import { OpenFeature } from '@openfeature/server-sdk';
import { inTurns, processorTime } from '../in-turns.mjs';
import { prove } from '../prove.mjs';
import { flagwright } from '../subjects/flagwright.mjs';
import { given } from './sinks.mjs';
import { allFlags, worksOf } from './works.mjs';

/** A batch of events each time; the garbage collector's work is in few of them. */
const SIZE = { calls: 500, turns: 1 };

/** The least that a hook can be. */
const empty = () => ({ finally() {} });

const HOOKS = { 'no-hook': () => [], 'empty-hook': () => [empty()] };

/**
 * S10, through the SDK: blocks of calls to a client with a hook whose `finally` is empty, and to one with `observe`, take
 * turns. What is measured is processor time of the whole process.
 */
export async function throughHook({ scenario, name, rounds }) {
  const works = worksOf(scenario);
  const store = () => memoryStore(flagwright.input(allFlags(works)));
  const clients = [];
  for (const domain of ['base', 'tried']) {
    await OpenFeature.setProviderAndWait(domain, flagProvider(store()));
    clients.push(OpenFeature.getClient(domain));
  }
  const [base, tried] = clients;
  base.addHooks(empty());
  tried.addHooks(...(HOOKS[name]?.() ?? [observe(...given(name).sinks)]));
  const [one, other] = [await import('../caller.mjs?base'), await import('../caller.mjs?tried')];
  for (const client of clients) {
    const engine = { bool: (key, context) => client.getBooleanValue(key, false, context) };
    for (const work of works) await prove(engine, flagwright, work, work.contexts);
  }
  const sides = [
    (work, count) => one.evaluated(base, work.key, work.contexts, count),
    (work, count) => other.evaluated(tried, work.key, work.contexts, count),
  ];
  const cases = await inTurns(works, sides, rounds, (call, work) => processorTime(call, work, SIZE));
  await OpenFeature.clearProviders();
  return cases;
}
