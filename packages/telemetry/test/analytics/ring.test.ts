import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { ring } from '../../src/analytics/ring.ts';

/** Deterministic numbers from 0 to `below` − 1. */
function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function collector(): (options?: { readonly type: 'minor' }) => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as ReturnType<typeof collector>;
}

it.each([1, 2, 499, 500, 501, 1_000, 1_300, 10_000])('does what a list does that is cut at %i items', (bound) => {
  const next = chance(bound);
  const queue = ring<number>(bound);
  const list: number[] = [];
  let item = 0;
  for (let round = 0; round < 300; round++) {
    for (let n = next(next(4) === 0 ? 1_500 : 40); n > 0; n--) {
      const given = list.length === bound;
      if (given) list.shift();
      list.push(++item);
      expect(queue.push(item)).toBe(given);
    }
    expect(queue.size).toBe(list.length);
    if (next(2) === 0) continue;
    const most = [1, 7, 500, 501, 3_000][next(5)]!;
    expect(queue.take(most)).toEqual(list.splice(0, most));
    expect(queue.size).toBe(list.length);
  }
  expect(queue.take(20_000)).toEqual(list);
  expect(queue.take(1)).toEqual([]);
});

it('keeps nothing of what is taken or given up', async () => {
  const gc = collector();
  const queue = ring<object>(700);
  const seen: WeakRef<object>[] = [];
  const add = (): void => {
    const item = {};
    seen.push(new WeakRef(item));
    queue.push(item);
  };
  for (let i = 0; i < 1_000; i++) add();
  queue.take(250);
  const alive = (): number => seen.filter((one) => one.deref() !== undefined).length;
  await expect
    .poll(() => {
      gc();
      return alive();
    })
    .toBe(450);
  expect(queue.size).toBe(450);
});

it('what went through it is collected while it is young, also if the queue has grown old', () => {
  const gc = collector();
  const queue = ring<object>(10_000);
  const through = (items: number): void => {
    for (let i = 0; i < items; i++) queue.push({ i, one: i, two: i, three: i, four: i, five: i });
    while (queue.size > 250) queue.take(Math.min(500, queue.size - 250));
  };
  gc();
  through(250);
  // what survives twice is old
  for (let i = 0; i < 3; i++) gc({ type: 'minor' });
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 100; i++) {
    through(2_000);
    gc({ type: 'minor' });
  }
  // all of it would be 14 MB
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(4_000_000);
});
