import { bucketOf, hash, hashState } from '../bucket.ts';
import type { BucketRange, TargetingBucket } from '../explain-step.ts';
import type { EvaluationContext, Scope } from '../scope.ts';
import { createCompiler } from './compiler.ts';
import type { LogicEnv } from './env.ts';
import { comparedShares, type Range } from './flag-key.ts';
import { logicText } from './logic-text.ts';
import { type Call, operands } from './operator.ts';
import { isVariant, targetingKey, totalOf, weightOf } from './split.ts';
import { FLAG_KEY } from './variable.ts';

/** A split that an evaluation came by. */
export interface TracedBucket {
  readonly bucket: TargetingBucket;
  /** The operand whose variant was chosen, if one was. */
  readonly chosen: number | undefined;
  /** The operand that is the key, if one is. */
  readonly key: number | undefined;
}

/** What a value or a name is cut to. */
const LONGEST = 1_000;
/** The most ranges that are told. */
const MOST_RANGES = 100;

const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

/** The bucket of a `fractional`, or of a comparison with a share; undefined if it is neither. Works its operands out again. */
export function tracedBucket(
  call: Call,
  env: LogicEnv,
  context: EvaluationContext,
  scope: Scope,
): TracedBucket | undefined {
  if (call.name === 'fractional') return fractional(call, env, context, scope);
  if (!'<>'.includes(call.name.charAt(0))) return undefined;
  const shares = comparedShares(call.name, operands(call, createCompiler(env)));
  if (shares === undefined) return undefined;
  return { bucket: comparison(call, shares, env, context), chosen: undefined, key: undefined };
}

interface Weighed {
  readonly weight: number;
  readonly variant: string | undefined;
}

function fractional(call: Call, env: LogicEnv, context: EvaluationContext, scope: Scope): TracedBucket {
  const found = operands(call, createCompiler(env)).map(({ run }) => run(context, scope));
  const args: readonly unknown[] = call.computed && Array.isArray(found[0]) ? found[0] : found;
  const [first] = args;
  // a first operand that is no bucket is meant for a key, even where it yields no text
  const keyed = args.length > 0 && !Array.isArray(first);
  const { attribute, salt } = keyed ? keyNamed(call, env, first) : { attribute: 'targetingKey', salt: env.flagKey };
  const text = keyed ? (typeof first === 'string' ? first : undefined) : targetingKey(context);
  const value = keyed ? text?.slice(salt.length) : text;
  const at = keyed && !call.computed ? 0 : undefined;
  const shares = weighed(keyed ? args.slice(1) : args);
  const total = totalOf(shares.map(({ weight }) => weight));
  const about = { path: call.path, attribute, salt, value: value === undefined ? undefined : cut(value) };
  if (Number.isNaN(total)) {
    return { bucket: { ...about, bucket: undefined, total: 0, ranges: [] }, chosen: undefined, key: at };
  }
  const bucket = value === undefined ? undefined : bucketOf(hash(hashState(salt), value), total);
  const ranges: BucketRange[] = [];
  let from = 0;
  let chosen: number | undefined;
  for (const [i, { weight, variant }] of shares.entries()) {
    if (weight === 0) continue;
    const to = from + weight;
    if (bucket !== undefined && bucket >= from && bucket < to) chosen = i + (keyed ? 1 : 0);
    ranges.push({ from, to, variant });
    from = to;
  }
  return {
    bucket: { ...about, bucket, total, ranges: few(ranges, bucket) },
    chosen: call.computed ? undefined : chosen,
    key: at,
  };
}

/** The buckets with their weights; a weight that is none is NaN. */
function weighed(buckets: readonly unknown[]): readonly Weighed[] {
  return buckets.map((bucket) => {
    if (!Array.isArray(bucket) || bucket.length < 1 || bucket.length > 2 || !isVariant(bucket[0] ?? null)) {
      return { weight: Number.NaN, variant: undefined };
    }
    const variant: unknown = bucket[0] ?? null;
    return {
      weight: bucket.length === 1 ? 1 : weightOf(bucket[1]),
      variant: variant === null ? undefined : cut(String(variant)),
    };
  });
}

/** The first of many ranges, and the one that holds the bucket. */
function few(ranges: readonly BucketRange[], bucket = -1): readonly BucketRange[] {
  if (ranges.length <= MOST_RANGES) return ranges;
  return ranges.filter(({ from, to }, i) => i < MOST_RANGES - 1 || (bucket >= from && bucket < to));
}

/** What a key is made of: a constant beginning as the salt, and the attribute after it, or the expression. */
function keyNamed(call: Call, env: LogicEnv, key: unknown): { readonly attribute: string; readonly salt: string } {
  const raw = call.computed ? undefined : call.args[0];
  const whole = { attribute: variableOf(raw) ?? logicText(raw ?? key), salt: '' };
  if (typeof raw !== 'object' || raw === null || typeof key !== 'string') return whole;
  const { cat } = raw as { readonly cat?: unknown };
  if (!Array.isArray(cat) || cat.length < 2) return whole;
  const attribute = variableOf(cat.at(-1));
  if (attribute === undefined || attribute === FLAG_KEY) return whole;
  const start = cat.slice(0, -1).map((part) => (variableOf(part) === FLAG_KEY ? env.flagKey : part));
  const salt = start.join('');
  return start.every((part) => typeof part === 'string') && key.startsWith(salt) ? { attribute, salt } : whole;
}

function variableOf(raw: unknown): string | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const { var: operand } = raw as { readonly var?: unknown };
  const name: unknown = Array.isArray(operand) && operand.length === 1 ? operand[0] : operand;
  return typeof name === 'string' && name !== '' ? name : undefined;
}

const WHOLE = 2 ** 32;
const HALF = WHOLE / 2;
/** Shares are told in thousandths of a percent, as those of rules, where that is exact. */
const USUAL = 100_000;

/** How many hashes are below where the comparison turns; worked out as evaluation compares. */
function turn({ operator, share }: Range): number {
  const bound = share * WHOLE - HALF;
  const below = operator === '<' || operator === '>=' ? Math.ceil(bound) : Math.floor(bound) + 1;
  return Math.min(below + HALF, WHOLE);
}

/** The bucket of `total` that begins at this very hash; undefined if none does. */
function borderAt(hashes: number, total: number): number | undefined {
  if (hashes === WHOLE) return total;
  const bucket = bucketOf(hashes, total);
  return hashes === 0 || bucketOf(hashes - 1, total) < bucket ? bucket : undefined;
}

function comparison(
  call: Call,
  shares: readonly Range[],
  { flagKey }: LogicEnv,
  context: EvaluationContext,
): TargetingBucket {
  let low = 0;
  let high = WHOLE;
  for (const range of shares) {
    if (range.operator.startsWith('<')) high = Math.min(high, turn(range));
    else low = Math.max(low, turn(range));
  }
  high = Math.max(low, high);
  const borders = [low, high].map((border) => borderAt(border, USUAL));
  const exact = borders.every((border) => border !== undefined);
  const total = exact ? USUAL : WHOLE;
  const [from, to] = (exact ? borders : [low, high]) as [number, number];
  const value = targetingKey(context);
  const h = value === undefined ? undefined : hash(hashState(flagKey), value);
  const ranges = [
    { from: 0, to: from, variant: 'false' },
    { from, to, variant: 'true' },
    { from: to, to: total, variant: 'false' },
  ].filter((range) => range.from < range.to);
  return {
    path: call.path,
    attribute: 'targetingKey',
    salt: flagKey,
    value: value === undefined ? undefined : cut(value),
    bucket: h === undefined ? undefined : exact ? bucketOf(h, total) : h,
    total,
    ranges,
  };
}
