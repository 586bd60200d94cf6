import type {
  AttributeType,
  BucketStep,
  Evaluation,
  FlagDefinition,
  FlagDocument,
  JsonValue,
  RuleDefinition,
  Snapshot,
} from '@flagwright/core';
import { compile, evaluate, explain, formatIssue } from '@flagwright/core';
import type { EffectOptions, Outcome } from './effect.ts';
import { canonical } from './graph.ts';
import { segmentsIn } from './segments.ts';
import type { Work } from './work.ts';

/** What one step of a flag decides: a split, and what is served without one or where it cannot be made. */
export interface Decision {
  readonly split: BucketStep | undefined;
  readonly outcome: Outcome;
}

/** What the parts of a definition serve: the evaluator is asked, so that no rule of it is written twice. */
export interface Probe {
  readonly definition: FlagDefinition;
  /** What `type` the flag answers to. */
  readonly type: string;
  readonly enabled: boolean;
  readonly variants: ReadonlyMap<string, JsonValue>;
  /** Tells definitions apart in which the same expression may yield different things. */
  readonly mark: string;
  off(): Outcome;
  fallthrough(): Decision;
  /** A rule, its clauses aside. */
  rule(rule: RuleDefinition): Decision;
  variant(reference: string | number): Outcome;
  /** What JSON Logic that yields this value serves; undefined: it leaves it to the fallthrough. */
  yielded(value: unknown): Outcome | undefined;
}

/** A flag alone in a document, with the segments that are named. */
function documentOf(
  key: string,
  definition: unknown,
  segments: FlagDocument['segments'],
  options: EffectOptions,
): FlagDocument {
  return {
    flags: new Map([[key, definition as FlagDefinition]]),
    ...(segments === undefined ? undefined : { segments }),
    ...(options.attributes === undefined ? undefined : { attributes: options.attributes }),
    ...(options.evaluators === undefined ? undefined : { $evaluators: options.evaluators }),
  };
}

/** The declared types of attributes. */
export function typesOf({ attributes = {} }: EffectOptions): Readonly<Record<string, AttributeType>> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, about]) => [name, typeof about === 'string' ? about : about.type]),
  );
}

/** Prepares a definition, or tells why it cannot be used. */
export function createProbe(key: string, definition: unknown, options: EffectOptions, { spend }: Work): Probe | string {
  const named = segmentsIn([definition, options.evaluators]);
  const segments = Object.fromEntries([...named].map((name) => [name, {}]));
  const load = (raw: unknown): Snapshot =>
    compile({ document: documentOf(key, raw, segments, options), revision: 'effect' }, undefined, {
      clock: () => options.now ?? 0,
    });
  const whole = load(definition);
  const flag = whole.flags.get(key);
  if (flag?.definition === undefined) {
    const error = flag?.issues.find(({ severity }) => severity === 'error');
    return error === undefined ? 'the definition cannot be used' : formatIssue(error);
  }
  const usable = flag.definition;
  const { prerequisites: _p, targets: _t, rules: _r, targeting: _l, ...plain } = usable;
  const { state: _s, ...rest } = plain;
  const bare: FlagDefinition = { ...rest, enabled: true };
  const variants = variantsOf(usable, flag.type);
  // a flag that serves one thing has all its variants, too
  const cost = 1_500 + 20 * variants.size;
  const ask = (raw: FlagDefinition): Outcome => {
    spend(cost);
    return outcomeOf(evaluate(load(raw), key));
  };
  const decide = (raw: FlagDefinition): Decision => {
    spend(2 * cost);
    const { evaluation, steps } = explain(load(raw), key);
    let split: BucketStep | undefined;
    for (const step of steps) if (step.kind === 'rule' || step.kind === 'fallthrough') split ??= step.bucket;
    return { split, outcome: outcomeOf(evaluation) };
  };
  const outcomes = new Map<string, Outcome>();
  const remembered = (name: string, find: () => Outcome): Outcome => {
    let outcome = outcomes.get(name);
    if (outcome === undefined) {
      outcome = find();
      outcomes.set(name, outcome);
    }
    return outcome;
  };
  const variant = (reference: string | number): Outcome => {
    const value = typeof reference === 'string' ? variants.get(reference) : undefined;
    return remembered(`${typeof reference} ${reference}`, () =>
      typeof reference === 'string' && value !== undefined
        ? { kind: 'variant', variant: reference, value }
        : ask({ ...bare, rules: [{ variation: reference }] }),
    );
  };
  return {
    definition: usable,
    type: flag.type,
    enabled: explain(load(plain), key).steps[0]?.kind !== 'disabled',
    variants,
    mark: JSON.stringify([flag.type, [...variants].map(([name, value]) => [name, canonical(value)]).sort()]),
    off: () => ask({ ...bare, enabled: false }),
    fallthrough: () => decide(bare),
    rule({ clauses: _, ...rule }) {
      const { variation, percentage, rollout } = rule;
      if (variation === undefined || percentage !== undefined || rollout !== undefined)
        return decide({ ...bare, rules: [rule] });
      return { split: undefined, outcome: variant(variation) };
    },
    variant,
    yielded(value) {
      if (value === null || value === undefined) return undefined;
      return remembered(`yielded ${JSON.stringify(value)}`, () => ask({ ...bare, targeting: { if: [true, value] } }));
    },
  };
}

function outcomeOf({ errorCode, errorMessage, value, variant }: Evaluation): Outcome {
  if (errorCode !== undefined) return { kind: 'error', code: errorCode, message: errorMessage };
  if (value === undefined) return { kind: 'caller' };
  return variant === undefined ? { kind: 'value', value } : { kind: 'variant', variant, value };
}

function variantsOf({ variants }: FlagDefinition, type: string): ReadonlyMap<string, JsonValue> {
  const found = new Map<string, JsonValue>();
  if (isList(variants)) for (const { name, value } of variants) found.set(name, value as JsonValue);
  else for (const [name, value] of Object.entries(variants ?? {})) found.set(name, value as JsonValue);
  // an on/off flag need not write them
  if (found.size === 0 && type === 'boolean') found.set('off', false).set('on', true);
  return found;
}

function isList<T>(value: readonly T[] | object | undefined): value is readonly T[] {
  return Array.isArray(value);
}
