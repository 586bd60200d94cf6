import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from '@flagwright/core';
import { memoryStore } from '@flagwright/sources/memory';
import { inTurns, processorTime } from '../in-turns.mjs';
import { prove } from '../prove.mjs';
import { median } from '../stats.mjs';
import { flagwright } from '../subjects/flagwright.mjs';
import { given } from './sinks.mjs';
import { allFlags, paced, worksOf } from './works.mjs';

/** A server's pace: what is queued goes out between turns of the event loop. */
const SIZE = { calls: 2_000, turns: 10 };
/** So little that it is not collected meanwhile. */
const A_FEW = 2_000;

/**
 * S10. Blocks of calls to a synchronous client without sinks and to one that has them take turns. What is measured is
 * processor time of the whole process, the queue's work in the background included; and the bytes that a call allocates
 * more.
 */
export async function synchronous({ scenario, name, rounds }) {
  const works = worksOf(scenario);
  const store = () => memoryStore(flagwright.input(allFlags(works)));
  // code of its own, for an application has one client, with sinks or without
  const bare = (await import(new URL('client.js?bare', import.meta.resolve('@flagwright/core')))).createClient(store());
  const tried = name === 'clocks' ? timed(createClient(store())) : createClient(store(), given(name));
  const [one, other] = [await import('../caller.mjs?bare'), await import('../caller.mjs?measured')];
  for (const client of [bare, tried]) {
    await client.ready();
    for (const work of works) await prove(paced(client), flagwright, work, work.contexts);
  }
  const sides = [
    (work, count) => one.asked(bare, work.key, work.contexts, count),
    (work, count) => other.asked(tried, work.key, work.contexts, count),
  ];
  const cases = await inTurns(works, sides, rounds, (call, work) => processorTime(call, work, SIZE));
  for (const work of works) {
    const [base, mine] = [await bytes(sides[0], work), await bytes(sides[1], work)];
    cases[work.caseName].allocated = Math.max(0, mine - base);
  }
  for (const client of [bare, tried]) await client.close();
  return cases;
}

/** Bytes that a call leaves behind, of the whole process. */
async function bytes(call, work) {
  const found = [];
  for (let i = 0; i < 15; i++) {
    gc();
    const before = process.memoryUsage().heapUsed;
    call(work, A_FEW);
    found.push((process.memoryUsage().heapUsed - before) / A_FEW);
    await pause(2);
  }
  return median(found);
}

/** The least that a duration costs. */
function timed(client) {
  let total = 0;
  return {
    boolean(key, fallback, context) {
      const started = performance.now();
      const value = client.boolean(key, fallback, context);
      total += performance.now() - started;
      return value;
    },
    ready: () => client.ready(),
    close: () => (total > 0 ? client.close() : Promise.reject(new Error('no time has passed'))),
  };
}
