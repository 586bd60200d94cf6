import { ring } from './ring.ts';

/** A queue that is bounded twice: by how many items are in it, and by what they weigh. The oldest make room. */
export interface BoundedQueue<T> {
  /** How many items are in it. */
  readonly size: number;
  /** How many have ever been. */
  readonly pushed: number;
  /** Adds an item that weighs so much; returns how many were given up for it. */
  push(item: T, weight: number): number;
  /** Takes the oldest items out, at most so many. */
  take(most: number): T[];
}

/** What one item weighs, the so-many-th that was pushed. Most items weigh nothing, and have none. */
interface Weight {
  readonly number: number;
  readonly weight: number;
}

/** An empty queue. An item that is heavier than the bound is the only heavy one in it. */
export function boundedQueue<T>(mostItems: number, mostWeight: number): BoundedQueue<T> {
  const items = ring<T>(mostItems);
  let weights: Weight[] = [];
  /** Where the weights begin of those that are in the queue. */
  let first = 0;
  let weight = 0;
  /** The oldest item that weighs something; one that never comes if none does. */
  let heavy = Number.POSITIVE_INFINITY;

  /** Forgets the weights of those that have left. */
  function forget(): void {
    const left = queue.pushed - queue.size;
    while (heavy <= left) {
      weight -= weights[first++]!.weight;
      heavy = weights[first]?.number ?? Number.POSITIVE_INFINITY;
    }
    if (first * 2 < weights.length) return;
    weights = weights.slice(first);
    first = 0;
  }

  function weigh(own: number): number {
    const one = { number: queue.pushed, weight: Math.min(own, mostWeight) };
    weights.push(one);
    weight += one.weight;
    heavy = weights[first]!.number;
    let dropped = 0;
    while (weight > mostWeight) dropped += queue.take(heavy - (queue.pushed - queue.size)).length;
    return dropped;
  }

  const queue = {
    // no getters, which would take as long as all the rest of `push`
    size: 0,
    pushed: 0,
    push(item: T, own: number): number {
      queue.pushed++;
      let dropped = 0;
      if (items.push(item)) {
        dropped = 1;
        if (heavy <= queue.pushed - queue.size) forget();
      } else queue.size++;
      return own > 0 ? dropped + weigh(own) : dropped;
    },
    take(most: number): T[] {
      const taken = items.take(most);
      queue.size -= taken.length;
      forget();
      return taken;
    },
  };
  return queue;
}
