import type { EvaluationRecord, TrackRecord } from '@flagwright/core';
import { evaluationOf, WARNING } from '@flagwright/core';
import { checkNames, picker } from './attributes.ts';
import { bounded, nameOf, own } from './bounded.ts';
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
  /** What the last event takes of memory beside what any event may, in bytes: an estimate that is rather too large. */
  bytes(): number;
  /** How many values could not be copied and are in no event. */
  leftOut(): number;
}

/** So many bytes more, or names and keys of so many characters, any event may have. */
const ORDINARY = 256;
const SHORT = 128;

/** Makes events, for what is called `what` in a warning. Refuses options that make no sense, with `INVALID_ARGUMENT`. */
export function eventMaker(what: string, { context, hashUserKeys }: PrivacyOptions): EventMaker {
  const names = checkNames(context, hashUserKeys !== undefined);
  const pick = picker(names);
  const picks = names.length > 0;
  const hash = hashUserKeys === undefined ? undefined : userKeyHasher(hashUserKeys);
  const timestamp = timestampWriter();
  let leftOut = 0;
  let bytes = 0;

  function lose(count: number, of: string): void {
    if (leftOut === 0) {
      const text = `${what}: something of ${bounded(of, 60)} is no JSON, or too much, and is left out of its event`;
      process.emitWarning(`${text}; said once`, WARNING);
    }
    leftOut += count;
  }

  function copyOf(value: unknown, of: string, swap: Swap | undefined): unknown {
    const copy = plainCopy(value, COPY_LIMITS, swap);
    bytes += copy.bytes;
    if (copy.lost > 0) lose(copy.lost, of);
    return copy.value;
  }

  /** What the caller got; null if JSON has no word for it. */
  function valueFor({ value, evaluation }: EvaluationRecord, of: string, swap: Swap | undefined): unknown {
    if (typeof value === 'boolean') return value;
    // what our flags serve is frozen, bounded, shared anyway, and nobody's key
    if (value === evaluation.value && evaluationOf(evaluation.details.flagMetadata) === evaluation)
      return value ?? null;
    return copyOf(value, of, swap) ?? null;
  }

  /** Puts the hash in the place of a user's key, wherever else it is. */
  function swapOf(key: string, hashed: string): Swap | undefined {
    if (hash === undefined || key === '') return undefined;
    return (text) => (text === key ? hashed : text);
  }

  /** A name, or a key, as it is shown. */
  function shown(name: string): string {
    return name.length <= SHORT ? name : long(name);
  }

  function long(name: string): string {
    const text = bounded(name);
    bytes += 2 * text.length;
    return text;
  }

  /** What was listed of the context. */
  function addContext(
    event: Unfinished<EvaluationEvent> | Unfinished<CustomEvent>,
    { context }: EvaluationRecord | TrackRecord,
    of: string,
    swap: Swap | undefined,
  ): void {
    const picked = pick(context, swap);
    bytes += picked.bytes;
    if (picked.context !== undefined) event.context = picked.context;
    if (picked.lost > 0) lose(picked.lost, of);
  }

  return {
    evaluation(record) {
      bytes = 0;
      const { evaluation } = record;
      const key = userKeyOf(record.context);
      const user = hash === undefined ? shown(key) : hash(key);
      const swap = swapOf(key, user);
      const name = nameOf(record.key);
      const flag = shown(swap === undefined ? name : swap(name));
      const { ruleId } = evaluation;
      const event: Unfinished<EvaluationEvent> =
        ruleId === undefined
          ? {
              kind: 'evaluation',
              timestamp: timestamp(record.at),
              flag_key: flag,
              user_key: user,
              value: valueFor(record, flag, swap),
              variation_idx: evaluation.variationIndex,
              reason: evaluation.reason,
              in_experiment: evaluation.inExperiment,
            }
          : {
              kind: 'evaluation',
              timestamp: timestamp(record.at),
              flag_key: flag,
              user_key: user,
              value: valueFor(record, flag, swap),
              variation_idx: evaluation.variationIndex,
              reason: evaluation.reason,
              rule_id: shown(nameOf(ruleId)),
              in_experiment: evaluation.inExperiment,
            };
      if (picks) addContext(event, record, flag, swap);
      if (isAnonymous(record.context)) event.anonymous = true;
      return event;
    },
    custom(record) {
      bytes = 0;
      const key = userKeyOf(record.context);
      const user = hash === undefined ? own(shown(key)) : hash(key);
      const swap = swapOf(key, user);
      const name = nameOf(record.event);
      const tracked = own(shown(swap === undefined ? name : swap(name)));
      const data = copyOf(record.data ?? {}, tracked, swap);
      const event: Unfinished<CustomEvent> = {
        kind: 'custom',
        timestamp: timestamp(record.at),
        event: tracked,
        user_key: user,
        data: typeof data === 'object' && data !== null ? (data as CustomEvent['data']) : {},
      };
      if (picks) addContext(event, record, tracked, swap);
      if (isAnonymous(record.context)) event.anonymous = true;
      return event;
    },
    bytes: () => (bytes <= ORDINARY ? 0 : bytes),
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
