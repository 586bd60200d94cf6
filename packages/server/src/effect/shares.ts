import type { Share } from './effect.ts';
import { HASHES } from './graph.ts';

const WHOLE = BigInt(HASHES);

/** A part of all contexts: `count` out of 2^32 to the power of `draws`. */
export interface Part {
  readonly count: bigint;
  /** How many hashes decide. */
  readonly draws: number;
}

/** Both together. */
export function plus(a: Part, b: Part): Part {
  const draws = Math.max(a.draws, b.draws);
  return { count: raised(a, draws) + raised(b, draws), draws };
}

function raised({ count, draws }: Part, to: number): bigint {
  return count * WHOLE ** BigInt(to - draws);
}

/** The part of a box: hashes in ranges, each by itself. */
export function partOf(lengths: Iterable<number>): Part {
  let count = 1n;
  let draws = 0;
  for (const length of lengths) {
    count *= BigInt(length);
    draws += 1;
  }
  return { count, draws };
}

/** A part as it is told. */
export function shareOf(part: Part): Share {
  let { count, draws } = part;
  if (draws === 0) return { buckets: HASHES, share: 1, independent: false };
  const independent = draws > 1;
  // below a thousandth of a hash nothing is told
  for (; draws > 3; draws--) count /= WHOLE;
  const buckets = Number(count) / HASHES ** (draws - 1);
  return { buckets, share: buckets / HASHES, independent };
}
