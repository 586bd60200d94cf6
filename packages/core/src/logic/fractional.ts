import { type HashState, hashInt32, hashState } from '../bucket.ts';
import { type Path, preview } from '../issue.ts';
import type { EvaluationContext, Scope } from '../scope.ts';
import { BROKEN, type Code, code, constant } from './code.ts';
import type { Expression } from './env.ts';
import { type Key, splitKey } from './fractional-key.ts';
import type { Call, Compiler, Operator } from './operator.ts';
import { choose, distribute, isVariant, targetingKey, totalOf, weightOf } from './split.ts';

/** A compiled `fractional`. */
export interface Split {
  /** The variants, if all buckets and their variants are literals. */
  readonly variants: readonly unknown[] | undefined;
  /** The position of the first bucket among the operands. */
  readonly first: number;
  /**
   * The position of this evaluation's variant, −1 if it is null, −2 if the first operand turned out to be a bucket
   * rather than a key, so that only `run` can tell.
   */
  readonly pick: (context: EvaluationContext, scope: Scope) => number;
  /** The variant of this evaluation. */
  readonly run: Expression;
}

interface Bucket {
  readonly variant: Code;
  /** Absent: 1. */
  readonly weight: Code | undefined;
}

/** A bucket written out, or an expression that may yield one. */
type Slot = Bucket | Code;

function isBucket(slot: Slot): slot is Bucket {
  return 'variant' in slot;
}

function compileSlot(raw: unknown, path: Path, compiler: Compiler): Slot {
  return compiler.deref<Slot>(raw, path, BROKEN, (bucket, at) => {
    if (!Array.isArray(bucket) || bucket.length < 1 || bucket.length > 2) return compiler.compile(bucket, at);
    return compiler.deeper<Slot>(at, BROKEN, () => ({
      variant: compiler.compile(bucket[0], [...at, 0]),
      weight: bucket.length === 2 ? compiler.compile(bucket[1], [...at, 1]) : undefined,
    }));
  });
}

/** What makes a slot useless whatever the context, in words. */
function wrong(slot: Slot): string | undefined {
  if (!isBucket(slot)) return slot.constant ? `${preview(slot.value)} is no bucket` : undefined;
  const { variant, weight } = slot;
  if (variant.constant && !isVariant(variant.value)) return `the variant ${preview(variant.value)} is no name`;
  if (weight?.constant && Number.isNaN(weightOf(weight.value)))
    return `the weight ${preview(weight.value)} is no whole number`;
  return undefined;
}

function never(call: Call, compiler: Compiler, message: string): undefined {
  compiler.warn(call.path, {
    code: 'always-null',
    message: `${message}, so "fractional" is always null`,
    expected: 'buckets such as ["on", 25], with whole weights',
  });
  return undefined;
}

/** Compiles a `fractional`; undefined if it is always null, with a warning. */
export function compileSplit(call: Call, compiler: Compiler): Split | undefined {
  if (compiler.nested()) return never(call, compiler, 'inside a list operator there is no targeting key');
  const salt = hashState(compiler.env.flagKey);
  if (call.computed) return computed(compiler.compile(call.args[0], call.path).run, salt);
  const hasKey = compiler.deref(call.args[0], call.at(0), false, (raw) => !Array.isArray(raw));
  const key = hasKey ? splitKey(call.args[0], call.at(0), compiler) : undefined;
  if (key?.code.constant && typeof key.code.value !== 'string') {
    return never(call, compiler, `the key ${preview(key.code.value)} is no text`);
  }
  const start = hasKey ? 1 : 0;
  const slots = Array.from(call.args.slice(start), (raw, i) => compileSlot(raw, call.at(start + i), compiler));
  // a computed key may turn out to be a bucket
  const settled = key === undefined || key.code.constant;
  if (slots.length === 0 && settled) return never(call, compiler, 'there are no buckets');
  for (const slot of slots) {
    const about = wrong(slot);
    if (about !== undefined) return never(call, compiler, about);
  }
  const operandRuns = slots.map(operandRun);
  if (key !== undefined) operandRuns.unshift(key.code.run);
  const general: Expression = (context, scope) =>
    distribute(
      operandRuns.map((run) => run(context, scope)),
      salt,
      context,
    );
  const buckets = slots.filter(isBucket);
  const split: Split = { variants: undefined, first: start, pick: () => -2, run: general };
  if (buckets.length < slots.length || !buckets.every(({ variant }) => variant.constant)) return split;
  const known = literal(buckets, key, salt, general);
  if (known !== undefined) return known;
  return settled ? never(call, compiler, 'the weights add up to 0 or to more than 2147483647') : split;
}

function computed(operand: Expression, salt: HashState): Split {
  const run: Expression = (context, scope) => {
    const value = operand(context, scope);
    return distribute(Array.isArray(value) ? value : [value], salt, context);
  };
  return { variants: undefined, first: 0, pick: () => -2, run };
}

function operandRun(slot: Slot): Expression {
  if (!isBucket(slot)) return slot.run;
  const { variant, weight } = slot;
  if (weight === undefined) return (context, scope) => [variant.run(context, scope)];
  return (context, scope) => [variant.run(context, scope), weight.run(context, scope)];
}

/** A split between literal variants: nothing but the key, and weights that are expressions, is worked out later. */
function literal(
  buckets: readonly Bucket[],
  key: Key | undefined,
  salt: HashState,
  general: Expression,
): Split | undefined {
  const variants = buckets.map(({ variant }) => variant.value);
  const weigh = weigher(buckets);
  if (weigh === undefined) return undefined;
  const pick: Split['pick'] =
    key === undefined
      ? (context, scope) => {
          const by = targetingKey(context);
          return by === undefined ? -1 : weigh(hashInt32(salt, by), context, scope);
        }
      : (context, scope) => {
          const by = key.rest(context, scope);
          if (typeof by !== 'string') return Array.isArray(by) ? -2 : -1;
          return weigh(hashInt32(key.salt, by), context, scope);
        };
  const run: Expression = (context, scope) => {
    const index = pick(context, scope);
    return index >= 0 ? variants[index] : index === -2 ? general(context, scope) : null;
  };
  return { variants, first: key === undefined ? 0 : 1, pick, run };
}

type Weigh = (h: number, context: EvaluationContext, scope: Scope) => number;

function weigher(buckets: readonly Bucket[]): Weigh | undefined {
  if (buckets.every(({ weight }) => weight === undefined || weight.constant)) {
    const weights = buckets.map(({ weight }) => (weight === undefined ? 1 : weightOf(weight.value)));
    const total = totalOf(weights);
    return Number.isNaN(total) ? undefined : (h) => choose(weights, h, total);
  }
  return (h, context, scope) => {
    const weights = buckets.map(({ weight }) => (weight === undefined ? 1 : weightOf(weight.run(context, scope))));
    const total = totalOf(weights);
    return Number.isNaN(total) ? -1 : choose(weights, h, total);
  };
}

/** Compiles a `fractional` for its value. */
export function compileFractional(call: Call, compiler: Compiler): Code {
  const split = compileSplit(call, compiler);
  return split === undefined ? constant(null) : code(split.run, { random: true });
}

/** flagd's split by weights. */
export const FRACTIONAL: Operator = {
  name: 'fractional',
  arity: 'a key, and buckets of a variant and a weight',
  min: 0,
  max: Number.POSITIVE_INFINITY,
  spreads: true,
  summary:
    'A variant by weight, the same for the same key; the key is flag key + targeting key unless a text comes first.',
  compile: compileFractional,
};
