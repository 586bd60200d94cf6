import { instantOf } from '@flagwright/core';
import type { Reading } from './experiment.ts';
import type { Taker } from './source.ts';
import type { Users } from './users.ts';
import type { Variants } from './variants.ts';

/** What is looked for. */
export interface Wanted {
  readonly flag: string;
  readonly conversion: string;
  /** In ms since the epoch, the first moment that counts and the first that does not. */
  readonly from: number;
  readonly until: number;
}

/** Collects users from events. */
export interface Collector extends Taker {
  reading(): Reading;
  /** The first and the last exposure, in ms since the epoch; undefined if there was none. */
  period(): { readonly first: number; readonly last: number } | undefined;
}

/** An event as JSON may have it: anything of it may be anything. */
type Unchecked = Readonly<Record<string, unknown>>;

/**
 * Tells users and variants what the wanted events say. Never throws for an event, whatever it is; only
 * `FlagError('TOO_LARGE')` for too many users.
 */
export function collect(wanted: Wanted, users: Users, variants: Variants): Collector {
  let lines = 0;
  let broken = 0;
  let exposures = 0;
  let conversions = 0;
  let withoutUser = 0;
  let outsidePeriod = 0;
  let unknownVariant = 0;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;

  /** Whether the event is one of ours, as far as it was of interest. */
  function take(event: unknown): boolean {
    if (typeof event !== 'object' || event === null) return false;
    const { kind } = event as Unchecked;
    if (kind === 'evaluation') return takeEvaluation(event as Unchecked);
    return kind === 'custom' && takeCustom(event as Unchecked);
  }

  function takeEvaluation(event: Unchecked): boolean {
    const { flag_key: flag, in_experiment: inExperiment, variation_idx: position } = event;
    if (typeof flag !== 'string' || typeof inExperiment !== 'boolean') return false;
    if (flag !== wanted.flag || !inExperiment) return true;
    const user = userOf(event);
    const at = timeOf(event.timestamp);
    if (at === undefined || user === undefined || !isPosition(position)) return false;
    if (!counts(user, at)) return true;
    const variant = variants.numberOf(position, event.value);
    if (variant === undefined) {
      unknownVariant++;
      return true;
    }
    users.expose(user, variant, at, event.anonymous === true);
    exposures++;
    if (at < first) first = at;
    if (at > last) last = at;
    return true;
  }

  function takeCustom(event: Unchecked): boolean {
    const { event: name } = event;
    if (typeof name !== 'string') return false;
    if (name !== wanted.conversion) return true;
    const user = userOf(event);
    const at = timeOf(event.timestamp);
    if (at === undefined || user === undefined) return false;
    if (!counts(user, at)) return true;
    users.convert(user, at);
    conversions++;
    return true;
  }

  function counts(user: string, at: number): boolean {
    if (!(at >= wanted.from && at < wanted.until)) outsidePeriod++;
    else if (user === '') withoutUser++;
    else return true;
    return false;
  }

  return {
    line(text) {
      if (text?.trim() === '') return;
      lines++;
      if (text === undefined || !take(parsed(text))) broken++;
    },
    event(event) {
      lines++;
      if (!take(fieldsOf(event))) broken++;
    },
    reading: () => ({ lines, broken, exposures, conversions, withoutUser, outsidePeriod, unknownVariant }),
    period: () => (exposures === 0 ? undefined : { first, last }),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const COMMON = ['kind', 'timestamp', 'user_key', 'anonymous'] as const;
const FIELDS = [...COMMON, 'event', 'flag_key', 'in_experiment', 'variation_idx', 'value'] as const;

/** What is looked at of an event, each read once; undefined if it is no object, or throws when it is read. */
function fieldsOf(event: unknown): Unchecked | undefined {
  if (typeof event !== 'object' || event === null) return undefined;
  try {
    return Object.fromEntries(FIELDS.map((name) => [name, (event as Unchecked)[name]]));
  } catch {
    return undefined;
  }
}

/** Empty if the event has none; undefined if it has something that is no key. */
function userOf({ user_key: user }: Unchecked): string | undefined {
  if (user === undefined || user === null) return '';
  return typeof user === 'string' ? user : undefined;
}

/** In ms since the epoch; undefined if it is no time. */
const timeOf = (timestamp: unknown): number | undefined =>
  typeof timestamp === 'string' ? instantOf(timestamp) : undefined;

const isPosition = (position: unknown): position is number =>
  Number.isSafeInteger(position) && (position as number) >= -1;
