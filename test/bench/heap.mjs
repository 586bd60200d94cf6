import { constants, PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { prove } from './prove.mjs';

const KINDS = {
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weak callbacks',
};

/**
 * What ten million evaluations leave on the heap, in bytes, with no collection in between to hide anything: the process
 * is started with a young generation of 256 MB, and every collection is told. A fifth of the calls if `quick`. A peer
 * that allocates shows that it works.
 */
export async function heap({ scenario, subject, name, quick }) {
  const collections = [];
  new PerformanceObserver((list) => collections.push(...list.getEntries())).observe({ entryTypes: ['gc'] });
  const cases = {};
  const { calls: all, only } = scenario.of[name] ?? scenario;
  const calls = quick ? all / 5 : all;
  for (const [caseName, make] of Object.entries(scenario.cases)) {
    if (only !== undefined && caseName !== only) continue;
    const work = make();
    const contexts = work.users.map(subject.context);
    const engine = await subject.open(subject.input(work.flags));
    await prove(engine, subject, work, contexts);
    for (let i = 0; i < 10; i++) run(engine.bool, work.key, contexts, 200_000);
    gc();
    await pause(50);
    collections.length = 0;
    const before = process.memoryUsage().heapUsed;
    const on = run(engine.bool, work.key, contexts, calls);
    const grown = process.memoryUsage().heapUsed - before;
    await pause(20);
    cases[caseName] = {
      unit: 'B',
      value: grown,
      collections: collections.map(({ detail }) => KINDS[detail.kind] ?? detail.kind),
      calls,
      on,
    };
    await engine.close?.();
  }
  return cases;
}

function run(bool, key, contexts, calls) {
  const last = contexts.length - 1;
  let on = 0;
  for (let n = 0, i = 0; n < calls; n++) {
    i = i === last ? 0 : i + 1;
    if (bool(key, contexts[i])) on++;
  }
  return on;
}
