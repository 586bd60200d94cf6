import { type Evaluation, type FlagDefinition, isRecord, jsonEqual, preview } from '@flagwright/core';
import { variantsOf } from './variants.ts';

/** What a context is served, as it is counted. */
export interface Outcome {
  readonly kind: 'variant' | 'value' | 'code default' | 'error';
  /** How it is shown: the name of the variant, or what there is instead in angle brackets. */
  readonly name: string;
  readonly variant?: string | undefined;
  readonly value?: unknown;
  /** Of an error. The caller's default is served. */
  readonly code?: string | undefined;
}

/** Gives outcomes numbers, from 0. */
export interface Outcomes {
  readonly list: readonly Outcome[];
  of(evaluation: Evaluation): number;
}

/** Flags seldom serve so many different things; answers that are made anew each time must not fill the memory. */
const MOST_KNOWN = 4_096;

/** Outcomes of definitions, those of their variants first. Two variants of one name and different values are two. */
export function createOutcomes(definitions: readonly (FlagDefinition | undefined)[]): Outcomes {
  const list: Outcome[] = [];
  const known = new Map<Evaluation, number>();
  const numberOf = (outcome: Outcome): number => {
    const at = list.findIndex(
      ({ kind, variant, value, code }) =>
        kind === outcome.kind &&
        variant === outcome.variant &&
        code === outcome.code &&
        (value === outcome.value || jsonEqual(value, outcome.value)),
    );
    if (at >= 0) return at;
    const twice = list.some(({ name }) => name === outcome.name);
    list.push(twice ? { ...outcome, name: `${outcome.name} (${preview(outcome.value)})` } : outcome);
    return list.length - 1;
  };
  for (const definition of definitions) {
    if (definition === undefined) continue;
    for (const { name, value } of variantsOf(definition)) numberOf({ kind: 'variant', name, variant: name, value });
  }
  let [last, lastNumber]: [Evaluation | undefined, number] = [undefined, 0];
  return {
    list,
    of(evaluation) {
      if (evaluation === last) return lastNumber;
      let found = known.get(evaluation);
      if (found === undefined) {
        found = numberOf(outcomeOf(evaluation));
        if (evaluation.errorCode === undefined && known.size < MOST_KNOWN) known.set(evaluation, found);
      }
      last = evaluation;
      lastNumber = found;
      return found;
    },
  };
}

function outcomeOf({ errorCode, variant, value }: Evaluation): Outcome {
  if (errorCode !== undefined) return { kind: 'error', name: `<code default: ${errorCode}>`, code: errorCode };
  if (variant !== undefined) return { kind: 'variant', name: variant, variant, value };
  if (value === undefined) return { kind: 'code default', name: '<code default>' };
  return { kind: 'value', name: `<value ${preview(value)}>`, value };
}

/** An outcome for programs. */
export function plainOutcome({ kind, name, variant, value, code }: Outcome): Readonly<Record<string, unknown>> {
  return {
    name,
    ...(variant === undefined ? {} : { variant }),
    ...(kind === 'variant' || kind === 'value' ? { value: isRecord(value) ? { ...value } : value } : {}),
    ...(code === undefined ? {} : { errorCode: code }),
  };
}
