/** Durations below this, in ms, are of one bucket: 2⁻¹⁷ ms are 7.6 ns. */
const LEAST_EXPONENT = -17;
/** Durations from this on, in ms, are of one bucket: 2¹⁷ ms are 131 s. */
const MOST_EXPONENT = 17;
/** Buckets that each octave has, of equal width: the top four bits of the mantissa. */
const PER_OCTAVE = 16;
/** Bits of a 32-bit float below those that number the buckets. */
const LOWER_BITS = 19;
const BIAS = 127;
/** The number of the bucket before the first octave, which takes what is less. */
const BEFORE_FIRST = (LEAST_EXPONENT + BIAS) * PER_OCTAVE - 1;

/** The longest duration that a sketch tells from longer ones, in ms. */
export const LONGEST: number = 2 ** MOST_EXPONENT;

/** How many buckets a sketch has, the first for what is too short and the last for what is too long. */
export const BUCKETS: number = (MOST_EXPONENT - LEAST_EXPONENT) * PER_OCTAVE + 2;

const single = new Float32Array(1);
const bits = new Int32Array(single.buffer);

/**
 * The bucket, from 0, of a duration from 0 to `LONGEST`, in ms. Buckets are logarithmic, so that what is told of a
 * quantile is wrong by a share of it at most, as in DDSketch (C. Masson, J. E. Rim, H. K. Lee, "DDSketch: a fast and
 * fully-mergeable quantile sketch with relative-error guarantees", PVLDB 12(12), 2019), with the exponent and the top of the
 * mantissa in place of a logarithm: 3.1 % at most.
 */
export function bucketOf(duration: number): number {
  single[0] = duration;
  const bucket = (bits[0]! >>> LOWER_BITS) - BEFORE_FIRST;
  return Math.max(bucket, 0);
}

/** The duration, in ms, that is told of what is in a bucket: the one that is wrong by the same share at both its ends. */
export function durationOf(bucket: number): number {
  if (bucket <= 0) return 0;
  if (bucket >= BUCKETS - 1) return LONGEST;
  const octave = 2 ** (LEAST_EXPONENT + Math.floor((bucket - 1) / PER_OCTAVE));
  const low = octave * (1 + ((bucket - 1) % PER_OCTAVE) / PER_OCTAVE);
  const high = low + octave / PER_OCTAVE;
  return (2 * low * high) / (low + high);
}

/** The duration, in ms, that the share `q` of `count` durations does not exceed (nearest rank); 0 if there are none. */
export function quantileOf(countOf: (bucket: number) => number, count: number, q: number): number {
  const rank = Math.max(1, Math.ceil(q * count));
  let seen = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    seen += countOf(bucket);
    if (seen >= rank) return durationOf(bucket);
  }
  return 0;
}
