import { getter, targetingKey } from './attribute.ts';
import { bucketOf, hash, hashState } from './bucket.ts';
import { compileClause } from './clause.ts';
import type { FlagDefinition, RolloutDefinition, RuleDefinition } from './document.generated.ts';
import { evaluate } from './evaluate.ts';
import type { BucketStep, ClauseStep, Explanation, RuleStep, Step } from './explain-step.ts';
import { explainTargeting } from './explain-targeting.ts';
import { modelOf } from './flag.ts';
import { findVariant, type Model } from './model.ts';
import { satisfies } from './prerequisite.ts';
import { isEnabled } from './program.ts';
import { percentageWeight, ROLLOUT_TOTAL, ruleName, saltOf } from './rule.ts';
import type { EvaluationContext, Scope } from './scope.ts';
import type { Snapshot } from './snapshot.ts';
import { bucketingValue } from './split.ts';
import { readTargeting } from './targeting.ts';
import { logicEnv } from './vocabulary.ts';

/** The decision on one flag, step by step. Never throws; its `evaluation` is what `evaluate` answers. */
export function explain(snapshot: Snapshot, key: string, context?: EvaluationContext, now?: number): Explanation {
  const time = now ?? snapshot.clock();
  const scope: Scope = { ...snapshot.internals.scope, now: time, memo: { flags: new Map(), segments: new Map() } };
  return new Explainer(snapshot, context ?? {}, time, scope).flag(key);
}

const ignore = (): void => {};

class Explainer {
  readonly #memo = new Map<string, Explanation>();
  readonly snapshot: Snapshot;
  readonly context: EvaluationContext;
  readonly now: number;
  readonly scope: Scope;

  constructor(snapshot: Snapshot, context: EvaluationContext, now: number, scope: Scope) {
    this.snapshot = snapshot;
    this.context = context;
    this.now = now;
    this.scope = scope;
  }

  flag(key: string): Explanation {
    let explanation = this.#memo.get(key);
    if (explanation === undefined) {
      const evaluation = evaluate(this.snapshot, key, undefined, this.context, this.now);
      const steps: Step[] = [];
      try {
        this.#walk(key, steps);
      } catch {
        // reading the context throws; the evaluation says so
      }
      explanation = { key, evaluation, steps };
      this.#memo.set(key, explanation);
    }
    return explanation;
  }

  #walk(key: string, steps: Step[]): void {
    const flag = this.snapshot.flags.get(key);
    if (flag === undefined) return void steps.push({ kind: 'unknown' });
    if (flag.override !== undefined) return void steps.push({ kind: 'override', value: flag.override.value });
    const { definition } = flag;
    if (definition === undefined) return void steps.push({ kind: 'unusable', issues: flag.issues });
    if (!isEnabled(definition)) return void steps.push({ kind: 'disabled' });
    const model = modelOf(definition);
    for (const { key: needed, variation } of definition.prerequisites ?? []) {
      const explanation = this.flag(needed);
      const held = satisfies(explanation.evaluation, variation);
      steps.push({ kind: 'prerequisite', key: needed, variation, held, explanation });
      if (!held) return;
    }
    if ((definition.targets?.length ?? 0) > 0) {
      const value = targetingKey(this.context);
      const matched = definition.targets!.some((target) => target.values.includes(value as string));
      steps.push({ kind: 'target', value, matched });
      if (matched) return;
    }
    for (const [index, rule] of (definition.rules ?? []).entries()) {
      const step = this.#rule(rule, index, key, definition, model);
      steps.push(step);
      if (step.served) return;
    }
    const logic = readTargeting(definition);
    if (logic !== undefined) {
      const step = explainTargeting(logic, logicEnv(key, flag.vocabulary, ignore, ignore), this.context, this.scope);
      steps.push(step);
      if (step.result !== null && step.result !== undefined) return;
    }
    steps.push({ kind: 'fallthrough', bucket: this.#fallthrough(key, definition, model) });
  }

  #rule(rule: RuleDefinition, index: number, key: string, definition: FlagDefinition, model: Model): RuleStep {
    const clauses: ClauseStep[] = [];
    let matched = true;
    for (const clause of rule.clauses ?? []) {
      const holds = compileClause(clause)(this.context, this.scope);
      const seen = clause.attribute === undefined ? undefined : getter(clause.attribute)(this.context);
      clauses.push({ clause, seen, matched: holds });
      matched &&= holds;
      if (!matched) break;
    }
    const bucket = matched ? this.#ruleBucket(rule, key, definition, model) : undefined;
    const served = matched && (bucket === undefined || servedBy(bucket));
    return { kind: 'rule', index, id: ruleName(rule, index), matched, served, clauses, bucket };
  }

  #ruleBucket(rule: RuleDefinition, key: string, definition: FlagDefinition, model: Model): BucketStep | undefined {
    if (rule.rollout !== undefined) return this.#rollout(rule.rollout, key, definition, model);
    if (rule.percentage === undefined) return undefined;
    const weight = percentageWeight(rule.percentage);
    return this.#bucket('key', saltOf(definition, { key }), ROLLOUT_TOTAL, [
      { weight, variant: findVariant(model, rule.variation!)?.name },
      { weight: ROLLOUT_TOTAL - weight, variant: undefined },
    ]);
  }

  #rollout(rollout: RolloutDefinition, key: string, definition: FlagDefinition, model: Model): BucketStep {
    const shares = rollout.variations.map(({ variation, weight }) => ({
      weight,
      variant: findVariant(model, variation)?.name,
    }));
    return this.#bucket(rollout.bucketBy ?? 'key', saltOf(definition, { key }, rollout), ROLLOUT_TOTAL, shares);
  }

  #fallthrough(key: string, definition: FlagDefinition, model: Model): BucketStep | undefined {
    const weighted = model.variants.filter((variant) => variant.weight > 0);
    const total = weighted.reduce((sum, variant) => sum + variant.weight, 0);
    if (total > 0) {
      const shares = weighted.map(({ weight, name }) => ({ weight, variant: name }));
      return this.#bucket('key', saltOf(definition, { key }), total, shares);
    }
    const { fallthrough } = definition;
    if (typeof fallthrough !== 'object' || fallthrough.rollout === undefined) return undefined;
    return this.#rollout(fallthrough.rollout, key, definition, model);
  }

  #bucket(
    attribute: string,
    salt: string,
    total: number,
    shares: readonly { weight: number; variant: string | undefined }[],
  ): BucketStep {
    const value = bucketingValue(getter(attribute)(this.context));
    const bucket = value === undefined ? undefined : bucketOf(hash(hashState(salt), value), total);
    const live = shares.filter((share) => share.weight > 0);
    const used = live.length === 0 ? shares.slice(-1) : live;
    let from = 0;
    const ranges = used.map(({ weight, variant }, i) => {
      const range = {
        from: Math.min(from, total),
        to: i === used.length - 1 ? total : Math.min(from + weight, total),
        variant,
      };
      from += weight;
      return range;
    });
    return { attribute, salt, value, bucket, total, ranges };
  }
}

function servedBy({ bucket, ranges }: BucketStep): boolean {
  if (bucket === undefined) return false;
  return ranges.some((range) => bucket >= range.from && bucket < range.to && range.variant !== undefined);
}
