/**
 * The native bucket: MurmurHash3 x86 32-bit, seed 0, over the UTF-8 bytes of `salt + value`, as flagd's `fractional`
 * (v2) has it. Do not change: every user would move to another bucket. `vectors/bucket.json` of `@flagwright/testing` pins it.
 */

const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;

/** The hash state after a salt, worked out once at load: only the value is hashed at evaluation. */
export interface HashState {
  /** The running hash after the whole 4-byte blocks of the salt. */
  readonly h: number;
  /** The 0–3 bytes of the salt that did not fill a block, little-endian. */
  readonly carry: number;
  /** How many bits `carry` holds: 0, 8, 16 or 24. */
  readonly shift: number;
  /** Bytes hashed so far. */
  readonly length: number;
}

const EMPTY: HashState = { h: 0, carry: 0, shift: 0, length: 0 };

function mixBlock(h: number, block: number): number {
  let k = Math.imul(block, C1);
  k = (k << 15) | (k >>> 17);
  h ^= Math.imul(k, C2);
  h = (h << 13) | (h >>> 19);
  return (Math.imul(h, 5) + 0xe6546b64) | 0;
}

function finish(h: number, carry: number, shift: number, length: number): number {
  if (shift !== 0) {
    let k = Math.imul(carry, C1);
    k = (k << 15) | (k >>> 17);
    h ^= Math.imul(k, C2);
  }
  h ^= length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

const encoder = new TextEncoder();

/** The state after hashing `salt`, to be continued by `hash`. */
export function hashState(salt: string): HashState {
  let { h, carry, shift } = EMPTY;
  const bytes = encoder.encode(salt);
  for (const byte of bytes) {
    carry |= byte << shift;
    shift += 8;
    if (shift === 32) {
      h = mixBlock(h, carry);
      carry = 0;
      shift = 0;
    }
  }
  return { h, carry, shift, length: bytes.length };
}

/** Hashes `value` after the salt of `state`: an unsigned 32-bit integer. */
export function hash(state: HashState, value: string): number {
  return hashInt32(state, value) >>> 0;
}

/**
 * The same hash as a signed 32-bit integer, which V8 need not put on the heap; `bucketOf` takes either. Allocates
 * nothing for ASCII values.
 */
export function hashInt32(state: HashState, value: string): number {
  const { shift } = state;
  let { h, carry } = state;
  const length = value.length;
  const blocks = length & ~3;
  // every code is also gathered in `seen`, so that one look at the end tells whether all were ASCII
  let seen = 0;
  let i = 0;
  if (shift === 0) {
    for (; i < blocks; i += 4) {
      const a = value.charCodeAt(i);
      const b = value.charCodeAt(i + 1);
      const c = value.charCodeAt(i + 2);
      const d = value.charCodeAt(i + 3);
      seen |= a | b | c | d;
      h = mixBlock(h, a | (b << 8) | (c << 16) | (d << 24));
    }
  } else {
    const over = 32 - shift;
    for (; i < blocks; i += 4) {
      const a = value.charCodeAt(i);
      const b = value.charCodeAt(i + 1);
      const c = value.charCodeAt(i + 2);
      const d = value.charCodeAt(i + 3);
      seen |= a | b | c | d;
      const word = a | (b << 8) | (c << 16) | (d << 24);
      h = mixBlock(h, carry | (word << shift));
      carry = word >>> over;
    }
  }
  let filled = shift;
  for (; i < length; i++) {
    const code = value.charCodeAt(i);
    seen |= code;
    carry |= code << filled;
    filled += 8;
    if (filled === 32) {
      h = mixBlock(h, carry);
      carry = 0;
      filled = 0;
    }
  }
  if (seen > 0x7f) return hashBytes(state, encoder.encode(value));
  return finish(h, carry, filled, state.length + length);
}

function hashBytes(state: HashState, bytes: Uint8Array): number {
  let { h, carry, shift } = state;
  for (let i = 0; i < bytes.length; i++) {
    carry |= bytes[i]! << shift;
    if (shift === 24) {
      h = mixBlock(h, carry);
      carry = 0;
      shift = 0;
    } else {
      shift += 8;
    }
  }
  return finish(h, carry, shift, state.length + bytes.length);
}

/** The most buckets a split may have: 2^31 − 1, as flagd has it. */
export const MAX_BUCKETS = 0x7fffffff;

/**
 * The bucket, 0 … n − 1, of a 32-bit hash taken as unsigned: `floor(h × n / 2^32)`, exact. The product fits a double for
 * n ≤ 2^21; above, it is taken in two halves.
 */
export function bucketOf(signed: number, n: number): number {
  const h = signed >>> 0;
  if (n <= 0x200000) return Math.floor((h * n) / 0x100000000);
  const high = Math.floor(n / 0x10000);
  const low = n - high * 0x10000;
  // h·n = (h·high)·2^16 + h·low; both products are exact, and so is the sum after the first is shifted down
  const first = h * high;
  const second = h * low;
  const carried = (first % 0x10000) * 0x10000 + second;
  return Math.floor(first / 0x10000) + Math.floor(carried / 0x100000000);
}
