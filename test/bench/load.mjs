import { large, twoRules, user } from './logic.mjs';
import { median } from './stats.mjs';

/**
 * S7. `cold load`: the first load of the process, from what the subject takes (text, or an object as `JSON.parse` made
 * it) to a state that can answer. `cold ready`: that, and every flag evaluated once, so that what compiles on first use
 * has compiled. `load`: the same as the first once the process is warm. `kept` and `kept ready`: the heap those states
 * hold, whatever they keep of their input included. `change`: one flag of the set changed, until it can be seen.
 */
export async function loading({ scenario, subject, ms }) {
  const flags = large(scenario.size);
  const someone = subject.context(user('5c3d8535f81a4478a6d3afaa'));
  const text = JSON.stringify(subject.input(flags));
  const first = await cold(subject, flags, someone, text);
  const { engine } = first;
  const changes = await change(subject, engine, flags, someone, ms);
  await engine.close?.();
  // who takes seconds is not asked again
  const warm =
    first.load < 2e9 ? { load: { unit: 'ns', value: median(await warmLoads(subject, text, ms)) } } : undefined;
  return {
    parse: { unit: 'ns', value: first.parse },
    'cold load': { unit: 'ns', value: first.load },
    'cold ready': { unit: 'ns', value: first.ready },
    ...warm,
    kept: { unit: 'B', value: first.kept },
    'kept ready': { unit: 'B', value: first.keptReady },
    change: { unit: 'ns', value: median(changes), low: Math.min(...changes), high: Math.max(...changes) },
  };
}

function used() {
  for (let i = 0; i < 3; i++) gc();
  return process.memoryUsage().heapUsed;
}

/** Milliseconds to nanoseconds since `start`. */
const since = (start) => (performance.now() - start) * 1e6;

async function cold(subject, flags, someone, text) {
  const before = used();
  const parsing = performance.now();
  // in a box, so that it can be let go
  const input = { held: JSON.parse(text) };
  const parse = since(parsing);
  used();
  const opening = performance.now();
  const opened = subject.open(input.held);
  const engine = opened instanceof Promise ? await opened : opened;
  const load = since(opening);
  input.held = undefined;
  const kept = used() - before;
  const asking = performance.now();
  let on = 0;
  for (const { key } of flags) {
    const answer = engine.bool(key, someone);
    if ((answer instanceof Promise ? await answer : answer) === true) on++;
  }
  const ready = load + since(asking);
  if (on !== flags.length) throw new Error(`${on} of ${flags.length} flags on`);
  return { engine, parse, load, ready, kept, keptReady: used() - before };
}

/** Turns one flag off and on again for the user that asks, and checks that it can be seen. */
async function change(subject, engine, flags, someone, ms) {
  await engine.prepare?.();
  const at = flags.length >> 1;
  const { key } = flags[at];
  const took = [];
  const end = performance.now() + 4 * ms;
  while (took.length < 1 || (took.length < 200 && performance.now() < end)) {
    const on = took.length % 2 === 1;
    flags[at] = twoRules(key, at, on ? 'pro' : 'team');
    // who knows no smaller step is handed the whole set again, made beforehand
    const next = engine.whole ? subject.input(flags) : undefined;
    const start = performance.now();
    const changing = engine.change(next, flags[at]);
    if (changing instanceof Promise) await changing;
    const answer = await engine.bool(key, someone);
    took.push(since(start));
    if (answer !== on) throw new Error(`changed to ${on}, but answered ${answer}`);
  }
  return took;
}

async function warmLoads(subject, text, ms) {
  const took = [];
  const end = performance.now() + 4 * ms;
  while (took.length < 1 || (took.length < 9 && performance.now() < end)) {
    const content = JSON.parse(text);
    used();
    const start = performance.now();
    const engine = await subject.open(content);
    took.push(since(start));
    await engine.close?.();
  }
  return took;
}
