import type { EvaluationRecord, TrackRecord } from '@flagwright/core';
import { evaluationOf, WARNING } from '@flagwright/core';
import { checkNames, picker } from './attributes.ts';
import { bounded, nameOf } from './bounded.ts';
import type { CustomEvent, EvaluationEvent } from './event.ts';
import { COPY_LIMITS, plainCopy, type Swap } from './plain.ts';
import { timestampWriter } from './timestamp.ts';
import { type UserKeyHash, userKeyHasher, userKeyOf } from './user-key.ts';

/** What of users is in events. */
export interface PrivacyOptions {
  /** Attributes of the context that events carry, by exact name. Default: none. */
  readonly context?: readonly string[] | undefined;
  /** Hash user keys, so that events can be joined by user and do not show who it is. Default: no. */
  readonly hashUserKeys?: UserKeyHash | undefined;
}

/** An event that is being made. */
export type Unfinished<T> = { -readonly [K in keyof T]: T[K] };

/** Makes events of records. What they hold is frozen; they themselves are not, for that takes longer than making them. */
export interface EventMaker {
  evaluation(record: EvaluationRecord): Unfinished<EvaluationEvent>;
  custom(record: TrackRecord): Unfinished<CustomEvent>;
  /** Text of this record's context with its user key hidden, as far as keys are hashed. */
  hidden(text: string, record: EvaluationRecord): string;
  /** How many values could not be copied and are in no event. */
  leftOut(): number;
}

/** Makes events, for what is called `what` in a warning. Refuses options that make no sense, with `INVALID_ARGUMENT`. */
export function eventMaker(what: string, { context, hashUserKeys }: PrivacyOptions): EventMaker {
  const names = checkNames(context, hashUserKeys !== undefined);
  const pick = picker(names);
  const picks = names.length > 0;
  const hash = hashUserKeys === undefined ? undefined : userKeyHasher(hashUserKeys);
  const timestamp = timestampWriter();
  let leftOut = 0;

  function lose(count: number, of: string): void {
    if (leftOut === 0) {
      const text = `${what}: something of ${bounded(of, 60)} is no JSON, or too much, and is left out of its event`;
      process.emitWarning(`${text}; said once`, WARNING);
    }
    leftOut += count;
  }

  function copyOf(value: unknown, of: string, swap?: Swap): unknown {
    const copy = plainCopy(value, COPY_LIMITS, swap);
    if (copy.lost > 0) lose(copy.lost, of);
    return copy.value;
  }

  /** What the caller got; null if JSON has no word for it. */
  function valueFor({ key, value, evaluation }: EvaluationRecord): unknown {
    switch (typeof value) {
      case 'boolean':
        return value;
      case 'number':
        if (Number.isFinite(value)) return value;
        break;
      case 'string':
        if (value.length <= COPY_LIMITS.characters) return value;
    }
    // what our flags serve is frozen, bounded, and shared anyway
    if (value === evaluation.value && evaluationOf(evaluation.details.flagMetadata) === evaluation)
      return value ?? null;
    return copyOf(value, nameOf(key)) ?? null;
  }

  /** Hides a user's key wherever else it is. */
  function swapOf(key: string, hashed: string): Swap | undefined {
    if (hash === undefined || key === '') return undefined;
    return (text) => (text === key ? hashed : text);
  }

  /** What was listed of the context. */
  function addContext(
    event: Unfinished<EvaluationEvent> | Unfinished<CustomEvent>,
    record: EvaluationRecord | TrackRecord,
    key: string,
    of: string,
  ): void {
    const picked = pick(record.context, swapOf(key, event.user_key));
    if (picked.context !== undefined) event.context = picked.context;
    if (picked.lost > 0) lose(picked.lost, of);
  }

  const shown = (key: string): string => (hash === undefined || key === '' ? key : hash(key));

  return {
    evaluation(record) {
      const { evaluation } = record;
      const key = userKeyOf(record.context);
      const flag = bounded(nameOf(record.key));
      const { ruleId } = evaluation;
      const event: Unfinished<EvaluationEvent> =
        ruleId === undefined
          ? {
              kind: 'evaluation',
              timestamp: timestamp(record.at),
              flag_key: flag,
              user_key: shown(key),
              value: valueFor(record),
              variation_idx: evaluation.variationIndex,
              reason: evaluation.reason,
              in_experiment: evaluation.inExperiment,
            }
          : {
              kind: 'evaluation',
              timestamp: timestamp(record.at),
              flag_key: flag,
              user_key: shown(key),
              value: valueFor(record),
              variation_idx: evaluation.variationIndex,
              reason: evaluation.reason,
              rule_id: bounded(nameOf(ruleId)),
              in_experiment: evaluation.inExperiment,
            };
      if (picks) addContext(event, record, key, flag);
      if (isAnonymous(record.context)) event.anonymous = true;
      return event;
    },
    custom(record) {
      const key = userKeyOf(record.context);
      const name = bounded(nameOf(record.event));
      const user = shown(key);
      const data = copyOf(record.data ?? {}, name, swapOf(key, user));
      const event: Unfinished<CustomEvent> = {
        kind: 'custom',
        timestamp: timestamp(record.at),
        event: name,
        user_key: user,
        data: typeof data === 'object' && data !== null ? (data as CustomEvent['data']) : {},
      };
      if (picks) addContext(event, record, key, name);
      if (isAnonymous(record.context)) event.anonymous = true;
      return event;
    },
    hidden(text, record) {
      const key = userKeyOf(record.context);
      return hash === undefined || key === '' ? text : text.replaceAll(key, hash(key));
    },
    leftOut: () => leftOut,
  };
}

function isAnonymous(context: EvaluationRecord['context']): boolean {
  try {
    return context?.anonymous === true;
  } catch {
    return false;
  }
}
