import { FlagError } from '@flagwright/core';

/** More users than this, and one process is the wrong place: a map holds hardly more. */
const MOST_USERS = 16_000_000;

const NO_VARIANT = -1;
const SEVERAL = -2;

/** How many users of one variant there are, and what they did. */
export interface UserCounts {
  users: number;
  conversions: number;
}

/** Users by their keys. What is told of them may come in any order, and more than once. */
export interface Users {
  /** The user was shown this variant. Throws `FlagError('TOO_LARGE')` if there are more than 16 million users. */
  expose(key: string, variant: number, at: number, anonymous: boolean): void;
  /** The user did what is counted. Throws like `expose`. */
  convert(key: string, at: number): void;
  /** What is known now, the variants by their numbers. */
  count(variants: number): {
    readonly variants: readonly UserCounts[];
    readonly inSeveralVariants: number;
    readonly anonymous: number;
  };
}

/**
 * Keeps 18 bytes a user and what the map of keys takes: about 100 bytes, and up to 180 while map and columns grow. In
 * columns, for an object of each user would be twice that.
 */
export function newUsers(): Users {
  const rows = new Map<string, number>();
  let variantOf = new Int8Array(1024);
  let anonymousOf = new Uint8Array(1024);
  let firstExposure = new Float64Array(1024);
  let lastConversion = new Float64Array(1024);

  function grow(): void {
    const length = 2 * variantOf.length;
    const copy = <T extends { set(from: T): void }>(to: T, from: T): T => {
      to.set(from);
      return to;
    };
    variantOf = copy(new Int8Array(length), variantOf);
    anonymousOf = copy(new Uint8Array(length), anonymousOf);
    firstExposure = copy(new Float64Array(length), firstExposure);
    lastConversion = copy(new Float64Array(length), lastConversion);
  }

  function rowOf(key: string): number {
    let row = rows.get(key);
    if (row !== undefined) return row;
    row = rows.size;
    if (row === MOST_USERS) {
      throw new FlagError(
        'TOO_LARGE',
        `more than ${MOST_USERS} users. Hint: read a shorter period, or the events of a part of the users`,
      );
    }
    if (row === variantOf.length) grow();
    rows.set(key, row);
    variantOf[row] = NO_VARIANT;
    firstExposure[row] = Number.POSITIVE_INFINITY;
    lastConversion[row] = Number.NEGATIVE_INFINITY;
    return row;
  }

  return {
    expose(key, variant, at, anonymous) {
      const row = rowOf(key);
      if (variantOf[row] === NO_VARIANT) variantOf[row] = variant;
      else if (variantOf[row] !== variant) variantOf[row] = SEVERAL;
      if (at < firstExposure[row]!) firstExposure[row] = at;
      if (anonymous) anonymousOf[row] = 1;
    },
    convert(key, at) {
      // some conversion was at or after the first exposure if the last one was
      const row = rowOf(key);
      if (at > lastConversion[row]!) lastConversion[row] = at;
    },
    count(variants) {
      const counts = Array.from({ length: variants }, (): UserCounts => ({ users: 0, conversions: 0 }));
      let inSeveralVariants = 0;
      let anonymous = 0;
      for (let row = 0; row < rows.size; row++) {
        const variant = variantOf[row]!;
        if (variant === NO_VARIANT) continue;
        if (variant === SEVERAL) {
          inSeveralVariants++;
          continue;
        }
        const count = counts[variant]!;
        count.users++;
        if (lastConversion[row]! >= firstExposure[row]!) count.conversions++;
        anonymous += anonymousOf[row]!;
      }
      return { variants: counts, inSeveralVariants, anonymous };
    },
  };
}
