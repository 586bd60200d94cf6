import type { Client, Evaluation, FollowEvent, Follower, ReadRecord, Snapshot } from '@flagwright/core';
import { createClient, evaluate } from '@flagwright/core';
import { now } from './clock.ts';
import { COUNTERS, counterKey, halves, mirrorKey, STEADY, textOf } from './flags.ts';

/** One attempt to read. */
interface ReadSeen {
  readonly at: number;
  readonly fresh: boolean;
}

/** What is to be told of a follower; times of `clock.ts`. */
export interface Testimony {
  readonly status: string;
  readonly subscribed: boolean;
  readonly reconnects: number;
  /** Since `begin`. */
  readonly evaluations: number;
  /** Answers that must not be, and events that do not fit; since the start. */
  readonly problems: readonly string[];
  /** When it told that it is stale, and that it is no longer, for the last time since `begin`. */
  readonly staleAt: number | undefined;
  readonly recoveredAt: number | undefined;
  /** The code that came with the last `stale`. */
  readonly staleCode: string | undefined;
  /** When the set was last read as it is. */
  readonly freshAt: number | undefined;
  readonly lastError: string | undefined;
}

/** Watches a follower from its start: evaluates, and looks for what must not be. */
export interface Witness {
  /** Options of `follow` that tell it of reads. */
  readonly onRead: (record: ReadRecord) => void;
  watch(follower: Follower): void;
  /** Starts a round. */
  begin(): void;
  /** Evaluates a few times. */
  slice(): void;
  /** When the set was first read as it is after `since`. */
  freshAfter(since: number): number | undefined;
  testimony(): Testimony;
  /** Every flag as it is served, as text by key. */
  content(): Readonly<Record<string, string>>;
}

const PRO = { targetingKey: 'anna', plan: 'pro' };
const MOST_PROBLEMS = 20;

/** A witness of one follower, named in what it tells. */
export function witnessOf(name: string): Witness {
  const problems: string[] = [];
  const counters = new Array<number>(COUNTERS).fill(0);
  let reads: ReadSeen[] = [];
  let evaluations = 0;
  let follower: Follower;
  let client: Client;
  let seen: Snapshot | undefined;
  let told: FollowEvent['type'] = 'error';
  let staleAt: number | undefined;
  let staleCode: string | undefined;
  let recoveredAt: number | undefined;

  const problem = (what: string): void => {
    if (problems.length < MOST_PROBLEMS && !problems.includes(`${name}: ${what}`)) problems.push(`${name}: ${what}`);
  };

  /** The number a flag serves; undefined, and a problem, if it serves none. */
  const numberOf = (snapshot: Snapshot, key: string): number | undefined => {
    const { value, errorCode, errorMessage }: Evaluation = evaluate(snapshot, key, 'integer', PRO);
    if (typeof value === 'number') return value;
    problem(`${key} served ${String(value)} (${errorCode}: ${errorMessage})`);
    return undefined;
  };

  const look = (snapshot: Snapshot): void => {
    for (let i = 0; i < COUNTERS; i++) {
      const counter = numberOf(snapshot, counterKey(i));
      const mirror = numberOf(snapshot, mirrorKey(i));
      evaluations += 2;
      if (counter === undefined || counter !== mirror) problem(`${counterKey(i)} served ${counter} beside ${mirror}`);
      else if (counter < counters[i]!) problem(`${counterKey(i)} went back from ${counters[i]} to ${counter}`);
      else counters[i] = counter;
    }
    const served = [client.string(STEADY, 'fallback', PRO), client.string(STEADY, 'fallback', { plan: 'free' })];
    evaluations += 2;
    if (served[0] !== 'special' || served[1] !== 'plain') problem(`${STEADY} served ${served.join(', ')}`);
  };

  const event = (event: FollowEvent): void => {
    const status = follower.health().status;
    const expected = event.type === 'stale' ? 'stale' : 'ready';
    if (event.type === 'changed') {
      if (status !== 'ready' && status !== 'stale') problem(`health says ${status} at the event changed`);
      return;
    }
    if (event.type === 'error') {
      problem(`an error after the start: ${event.cause.message}`);
      return;
    }
    // a set that comes from a copy is told in one go as ready and stale
    if (status !== expected && event.type !== 'ready') problem(`health says ${status} at the event ${event.type}`);
    if (event.type === told) problem(`the event ${told} came twice`);
    if (event.type === 'recovered' && told !== 'stale') problem('the event recovered came without stale');
    told = event.type;
    if (event.type === 'stale') {
      staleAt = now();
      staleCode = event.cause.code;
    } else if (event.type === 'recovered') recoveredAt = now();
  };

  return {
    onRead: ({ error }) => {
      // the state of the follower is changed before it tells of the read
      const stale = follower === undefined || follower.health().status === 'stale';
      reads.push({ at: now(), fresh: error === undefined && !stale });
      if (reads.length > 20_000) reads = reads.slice(10_000);
    },
    watch(followed) {
      follower = followed;
      client = createClient(followed);
      followed.on((one) => event(one));
    },
    begin() {
      evaluations = 0;
      reads = reads.slice(-1);
      [staleAt, staleCode, recoveredAt] = [undefined, undefined, undefined];
    },
    slice() {
      const { snapshot } = follower;
      try {
        if (snapshot === undefined) throw new Error('there is no snapshot');
        for (let i = 0; i < 4; i++) look(snapshot);
        if (snapshot === seen) return;
        seen = snapshot;
        for (const wrong of halves(definitionsOf(snapshot))) problem(wrong);
      } catch (thrown) {
        problem(`an evaluation threw ${String(thrown)}`);
      }
    },
    freshAfter: (since) => reads.find(({ at, fresh }) => fresh && at > since)?.at,
    testimony() {
      const { status, subscribed, reconnects, lastError } = follower.health();
      // the first thing told is `ready`
      if ((status === 'stale') !== (told === 'stale')) problem(`health says ${status}, and the last event was ${told}`);
      return {
        status,
        subscribed,
        reconnects,
        evaluations,
        problems,
        staleAt,
        recoveredAt,
        staleCode,
        freshAt: reads.findLast(({ fresh }) => fresh)?.at,
        lastError: lastError === undefined ? undefined : `${lastError.code}: ${lastError.message}`,
      };
    },
    content() {
      const content: Record<string, string> = {};
      const { snapshot } = follower;
      for (const [key, definition] of definitionsOf(snapshot!)) {
        const { value } = evaluate(snapshot!, key);
        const fixed = (definition as { readonly default?: unknown }).default;
        if (fixed !== undefined && fixed !== value) problem(`${key} serves ${String(value)}, and is ${String(fixed)}`);
        content[key] = textOf(definition);
      }
      return content;
    },
  };
}

function definitionsOf(snapshot: Snapshot): ReadonlyMap<string, unknown> {
  const definitions = new Map<string, unknown>();
  snapshot.flags.forEach((flag, key) => {
    definitions.set(key, flag.source);
  });
  return definitions;
}
