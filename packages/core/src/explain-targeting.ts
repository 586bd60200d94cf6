import type { ConditionStep, TargetingBucket, TargetingStep } from './explain-step.ts';
import type { LogicEnv } from './logic/index.ts';
import { logicText } from './logic/logic-text.ts';
import { reader } from './logic/lookup.ts';
import { operandOf, type Traced, traceExpression } from './logic/trace.ts';
import { type TracedBucket, tracedBucket } from './logic/traced-bucket.ts';
import { truthy } from './logic/values.ts';
import type { EvaluationContext, Scope } from './scope.ts';

/** The most conditions in a row, and the most buckets, that are told of: the first half of it and the last. */
const MOST = 100;
/** The most conditions altogether, those within others included. */
const MOST_CONDITIONS = 500;

/** How JSON Logic came to what it yields. Throws what the getters of the context throw. */
export function explainTargeting(
  logic: unknown,
  env: LogicEnv,
  context: EvaluationContext,
  scope: Scope,
): TargetingStep {
  const { result, children, attributes } = traceExpression(logic, env, ['targeting'], context, scope);
  const telling = new Telling((one) => tracedBucket(one.call, env, context, scope));
  const conditions = telling.clip(children.flatMap((one) => telling.tested(one)));
  const buckets = telling.clip(children.flatMap((one) => telling.buckets(one)));
  const seen: Record<string, unknown> = Object.create(null);
  const missing: string[] = [];
  for (const name of attributes) {
    const value = reader(name)(context);
    if (value === undefined) missing.push(name);
    else seen[name] = value;
  }
  const told = conditions.map((one) => telling.condition(one));
  const { omitted } = telling;
  return { kind: 'targeting', seen, missing, result, conditions: told, buckets, ...(omitted > 0 ? { omitted } : {}) };
}

class Telling {
  omitted = 0;
  #left = MOST_CONDITIONS;
  readonly #found = new Map<Traced, TracedBucket | undefined>();
  readonly #bucket: (one: Traced) => TracedBucket | undefined;

  constructor(bucket: (one: Traced) => TracedBucket | undefined) {
    this.#bucket = bucket;
  }

  clip<T>(list: readonly T[]): readonly T[] {
    if (list.length <= MOST) return list;
    this.omitted += list.length - MOST;
    return [...list.slice(0, MOST / 2), ...list.slice(-MOST / 2)];
  }

  /** The conditions on the way to what a part that is served yields. */
  tested(one: Traced): readonly Traced[] {
    const { call, value } = one;
    switch (call.name) {
      case 'if':
      case '?:':
        return one.children.flatMap((child) => {
          const at = operandOf(child, call);
          return at % 2 === 0 && at + 1 < call.args.length ? [child] : this.tested(child);
        });
      case 'fractional': {
        const chosen = this.#split(one)?.chosen;
        return one.children.filter((child) => operandOf(child, call) === chosen).flatMap((child) => this.tested(child));
      }
      case 'and':
      case 'or':
        return [one];
      default:
        return typeof value === 'boolean' && call.name !== 'var' ? [one] : [];
    }
  }

  condition(one: Traced): ConditionStep {
    this.#left -= 1;
    const { call, value } = one;
    const about = { path: call.path, held: truthy(value) };
    const text = TEXT[call.name];
    const joins = text !== undefined && (call.name !== '!' || one.children.some((child) => child.call.name in TEXT));
    if (!joins) return { ...about, text: logicText({ [call.name]: call.args }), reads: [...reads(one)], parts: [] };
    const room = Math.max(0, this.#left);
    const parts = this.clip(one.children);
    this.omitted += Math.max(0, parts.length - room);
    return { ...about, text, reads: [], parts: parts.slice(0, room).map((part) => this.condition(part)) };
  }

  /** The splits that decided; those in variants that were not chosen are worked out too, and of no account. */
  buckets(one: Traced): readonly TargetingBucket[] {
    const split = this.#split(one);
    const { chosen, key } = split ?? {};
    const within = one.children
      .filter((child) => {
        if (one.call.name !== 'fractional' || one.call.computed) return true;
        const at = operandOf(child, one.call);
        return at === chosen || at === key || isWeight(child, one);
      })
      .flatMap((child) => this.buckets(child));
    return split === undefined ? within : [...within, split.bucket];
  }

  #split(one: Traced): TracedBucket | undefined {
    if (!this.#found.has(one)) this.#found.set(one, this.#bucket(one));
    return this.#found.get(one);
  }
}

const TEXT: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  and: 'all of',
  or: 'any of',
  '!': 'not',
});

/** Does it stand in the weight of a bucket? Weights are all worked out. */
function isWeight(child: Traced, { call }: Traced): boolean {
  return child.call.path[call.path.length + 1] === 1;
}

/** The attributes read by it and all within it. */
function reads(one: Traced, found: Set<string> = new Set()): ReadonlySet<string> {
  if (one.variable !== undefined) found.add(one.variable);
  for (const child of one.children) reads(child, found);
  return found;
}
