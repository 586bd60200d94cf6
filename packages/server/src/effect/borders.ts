import type { BucketStep } from '@flagwright/core';
import { bucketOf } from '@flagwright/core';
import { HASHES } from './graph.ts';

/** The least hash whose bucket out of `total` is `bucket` or more, by the evaluator's own function; 2^32 if none is. */
export function borderOf(bucket: number, total: number): number {
  if (bucket >= total) return HASHES;
  let low = 0;
  let high = HASHES;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (bucketOf(middle, total) < bucket) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The borders of a split, in hashes, with what it serves: undefined is nothing, and the next rule has its turn. */
export function bordersOf({ ranges, total }: BucketStep): readonly { to: number; variant: string | undefined }[] {
  return ranges.map(({ to, variant }) => ({ to: borderOf(to, total), variant }));
}
