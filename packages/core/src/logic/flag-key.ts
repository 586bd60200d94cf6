import { hashInt32, hashState } from '../bucket.ts';
import { preview } from '../issue.ts';
import type { EvaluationContext } from '../scope.ts';
import { type Code, code } from './code.ts';
import type { Call, Compiler } from './operator.ts';
import { targetingKey } from './split.ts';
import { FLAG_KEY } from './variable.ts';

/**
 * `{"<": [{"var": "$flagd.flagKey"}, 0.25]}`, widely written for "25 % of users": flagd compares the flag's name with
 * a number, which is never true. Read as meant: the bucket of flag key + targeting key, in [0, 1), against the
 * number; exactly the split of `fractional`, so nested comparisons share one bucket (T30).
 */

const WHOLE = 2 ** 32;
const HALF = 0x80000000;

const BOUND: Readonly<Record<string, (h: number, bound: number) => boolean>> = {
  '<': (h, bound) => h < bound,
  '<=': (h, bound) => h <= bound,
  '>': (h, bound) => h > bound,
  '>=': (h, bound) => h >= bound,
};

const FLIPPED: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

/** What a bucket is held against: `<` or another ordering, and the share of all buckets. */
export interface Range {
  readonly operator: string;
  readonly share: number;
}

/** A comparison with the flag's key as ranges of the bucket; undefined if it is not one. */
export function comparedShares(operator: string, parts: readonly Code[]): readonly Range[] | undefined {
  const at = parts.findIndex((part) => part.variable === FLAG_KEY);
  if (at < 0 || parts.length > 3 || (parts.length === 3 && at !== 1)) return undefined;
  const found: Range[] = [];
  for (const [i, { constant, value }] of parts.entries()) {
    if (i === at) continue;
    if (!constant || typeof value !== 'number' || !(value >= 0 && value <= 1)) return undefined;
    found.push({ operator: i < at ? FLIPPED[operator]! : operator, share: value });
  }
  return found;
}

/** The comparison as a test of the bucket, with a warning; undefined if it is not with the flag's key. */
export function bucketComparison(call: Call, parts: readonly Code[], compiler: Compiler): Code | undefined {
  if (compiler.nested()) return undefined;
  const found = comparedShares(call.name, parts);
  if (found === undefined) {
    warnOther(call, parts, compiler);
    return undefined;
  }
  const state = hashState(compiler.env.flagKey);
  const [first, second] = found.map(({ operator, share }) => ({
    holds: BOUND[operator]!,
    bound: share * WHOLE - HALF,
  }));
  const { holds, bound } = first!;
  compiler.warn(call.path, {
    code: 'bucket-comparison',
    message: `the flag's key is compared with ${found.map(({ share }) => share).join(' and ')}; read as a share of targeting keys`,
    hint: `write ${equivalent(call, found, compiler)}`,
  });
  const run = (context: EvaluationContext): boolean => {
    const key = targetingKey(context);
    if (key === undefined) return false;
    // both moved down by 2^31: the order of unsigned numbers in signed ones, which need no heap
    const h = hashInt32(state, key) ^ HALF;
    return holds(h, bound) && (second === undefined || second.holds(h, second.bound));
  };
  return code(run, { boolean: true, random: true });
}

function warnOther(call: Call, parts: readonly Code[], compiler: Compiler): void {
  if (!parts.some((part) => part.variable === FLAG_KEY)) return;
  const number = parts.find((part) => part.constant && typeof part.value === 'number');
  if (number === undefined) return;
  compiler.warn(call.path, {
    code: 'flag-key-comparison',
    message: `the flag's key is a text; ordered against ${preview(number.value)} it is compared as a number`,
    expected: 'a share from 0 to 1, or "fractional"',
  });
}

/** The `fractional` that says the same. */
function equivalent(call: Call, found: readonly Range[], compiler: Compiler): string {
  const [then = 'on', otherwise = 'off'] = (compiler.results.get(call.args) ?? []).map((value) =>
    typeof value === 'object' ? undefined : value,
  );
  let low = 0;
  let high = 1;
  for (const { operator, share } of found) {
    if (operator.startsWith('<')) high = Math.min(high, share);
    else low = Math.max(low, share);
  }
  const shares = [low, Math.max(0, high - low), 1 - Math.max(low, high)];
  let unit = 100;
  while (unit < 1e9 && shares.some((share) => Math.abs(share * unit - Math.round(share * unit)) > 1e-7)) unit *= 10;
  const weights = shares.map((share) => Math.round(share * unit));
  const buckets = [
    [otherwise, weights[0]],
    [then, weights[1]],
    [otherwise, weights[2]],
  ].filter(([, weight]) => weight !== 0);
  return JSON.stringify({ fractional: buckets });
}
