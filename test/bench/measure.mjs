import { measure } from 'mitata';
import { pace } from './pace.mjs';
import { median } from './stats.mjs';

/**
 * Nanoseconds a call, over batches of 4,096 calls (single calls where one takes longer than 65 µs). `fn` takes nothing
 * and must leave a trace of its result, so that no compiler can drop the call; what returns a promise is awaited. `pace`
 * tells how quick the machine was before and after, whichever was worse.
 */
export async function time(fn, ms) {
  await warm(fn, ms / 3);
  const before = pace();
  const { p25, p50, p75 } = await measure(fn, { min_cpu_time: ms * 1e6 });
  return { unit: 'ns', value: p50, low: p25, high: p75, pace: Math.max(before, pace()) };
}

async function warm(fn, ms) {
  const end = performance.now() + ms;
  do {
    for (let i = 0; i < 50; i++) {
      const result = fn();
      if (result instanceof Promise) await result;
    }
  } while (performance.now() < end);
}

const BLOCKS = 25;

/** Bytes a call allocates: the median over small blocks between which the heap was read, less the cost of reading. */
export async function allocated(fn) {
  const once = fn();
  const isAsync = once instanceof Promise;
  if (isAsync) await once;
  const block = isAsync ? awaited : called;
  const start = performance.now();
  await block(fn, 10);
  // one block stays near a few milliseconds, and far from filling the young generation
  const calls = Math.max(1, Math.min(500, Math.floor(30 / Math.max(performance.now() - start, 0.05))));
  const [nothing, something] = [[], []];
  for (let i = 0; i < BLOCKS; i++) {
    nothing.push(await grown(block, fn, 0));
    something.push(await grown(block, fn, calls));
  }
  return Math.max(0, (median(something) - median(nothing)) / calls);
}

async function grown(block, fn, calls) {
  const before = process.memoryUsage().heapUsed;
  const pending = block(fn, calls);
  if (pending !== undefined) await pending;
  return process.memoryUsage().heapUsed - before;
}

function called(fn, calls) {
  for (let i = 0; i < calls; i++) fn();
}

async function awaited(fn, calls) {
  for (let i = 0; i < calls; i++) await fn();
}
