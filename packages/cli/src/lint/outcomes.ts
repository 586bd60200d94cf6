import { COMPARISONS, callOf, constantOf, resolved } from './logic.ts';
import { liveOf, type Outcome } from './variants.ts';
import type { FlagView, SetView } from './view.ts';

/** What a flag can serve while it is on. */
export interface Outcomes {
  readonly served: ReadonlySet<Outcome>;
  /** There may be more: JSON Logic works out what is served. */
  readonly more: boolean;
}

const remembered = new WeakMap<FlagView, Outcomes>();

/** Everything a flag can serve, as far as its definition tells: rules that nobody matches count. */
export function outcomesOf(flag: FlagView, set: SetView): Outcomes {
  let outcomes = remembered.get(flag);
  if (outcomes === undefined) {
    outcomes = workOut(flag, set);
    remembered.set(flag, outcomes);
  }
  return outcomes;
}

function workOut(flag: FlagView, set: SetView): Outcomes {
  const { variants, definition } = flag;
  const served = new Set<Outcome>();
  // one that is not met makes it serve this, and it is on all the same
  if (definition.prerequisites?.length) served.add(variants.off);
  for (const { variation, values } of definition.targets ?? []) {
    if (values.length > 0) served.add(variants.outcome(variation));
  }
  for (const { clauses = [], variation, percentage, rollout } of definition.rules ?? []) {
    if (rollout !== undefined) {
      for (const share of liveOf(rollout)) served.add(variants.outcome(share.variation));
    } else if (percentage === undefined || Math.round(percentage * 1_000) > 0) {
      served.add(variants.outcome(variation!));
    }
    // what comes after is never reached
    if (clauses.length === 0 && rollout === undefined && percentage === undefined) return { served, more: false };
  }
  for (const outcome of variants.fallthrough) served.add(outcome);
  const more = flag.logic !== undefined && !yields(flag.logic, flag, set, served, { left: 10_000 });
  return { served, more };
}

/** Adds what an expression can yield. False if it cannot be told. */
function yields(
  raw: unknown,
  flag: FlagView,
  set: SetView,
  served: Set<Outcome>,
  budget: { left: number },
  depth = 0,
): boolean {
  if (budget.left-- <= 0 || depth > 64) return false;
  const found = resolved(raw, set);
  const add = (value: unknown): true => {
    const outcome = flag.variants.yielded(value);
    if (outcome !== undefined) served.add(outcome);
    return true;
  };
  const constant = constantOf(found, set);
  if (constant !== undefined) return add(constant.value);
  const call = callOf(found);
  if (call === undefined) return false;
  const each = (parts: readonly unknown[]): boolean =>
    parts.every((part) => yields(part, flag, set, served, budget, depth + 1));
  if (call.name === 'if' || call.name === '?:') {
    return each(call.args.filter((_, i) => i % 2 === 1 || i === call.args.length - 1));
  }
  if (COMPARISONS.has(call.name)) return add(true) && add(false);
  if (call.name !== 'fractional') return false;
  const [first] = call.args;
  const buckets = Array.isArray(resolved(first, set)) ? call.args : call.args.slice(1);
  return each(
    buckets.flatMap((bucket) => {
      const slot = resolved(bucket, set);
      if (!Array.isArray(slot) || slot.length === 0 || Array.isArray(resolved(slot[0], set))) return [UNKNOWN];
      return slot[1] === 0 ? [] : [slot[0]];
    }),
  );
}

/** An expression of which nothing is known. */
const UNKNOWN: unknown = { var: 'unknown' };
