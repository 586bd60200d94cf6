import { createHash } from 'node:crypto';
import { type Follower, follow } from '@flagwright/core';
import { serve } from './calls.ts';
import { now } from './clock.ts';
import { textOf } from './flags.ts';
import { type Opened, openStore, type StoreSpec } from './stores.ts';
import { type Testimony, type Witness, witnessOf } from './witness.ts';

// A process of some followers, each with a store and connections of its own, that evaluate all the time.

interface Member {
  readonly opened: Opened;
  readonly follower: Follower;
  readonly witness: Witness;
}

/** How often all evaluate, in ms. */
const EVERY = 4;

/** Polling must not hide that a hint was lost, in ms. */
const REFRESH = 30_000;

const members: Member[] = [];
const warnings: string[] = [];
let slices: NodeJS.Timeout | undefined;
let last = now();
let lag = 0;

process.on('warning', ({ name, message }) => void warnings.push(`${name}: ${message}`));

function slice(): void {
  const started = now();
  lag = Math.max(lag, started - last - EVERY);
  for (const { witness } of members) witness.slice();
  last = now();
  slices = setTimeout(slice, EVERY);
}

/** What the process tells of its followers and of itself. */
export interface FollowersTestimony {
  readonly followers: readonly Testimony[];
  readonly warnings: readonly string[];
  /** By how much the followers were late to evaluate at worst since `begin`, in ms. */
  readonly lag: number;
}

const calls = {
  /** Starts to follow; resolves to how long that took, in ms, when all have flags. */
  async open(specs: readonly StoreSpec[]): Promise<number> {
    const started = now();
    for (const spec of specs) {
      const opened = openStore(spec);
      const witness = witnessOf(`follower ${spec.id}`);
      const follower = follow(opened.source, { refreshInterval: REFRESH, onRead: witness.onRead });
      witness.watch(follower);
      members.push({ opened, follower, witness });
    }
    await Promise.all(members.map(({ follower }) => follower.ready()));
    const took = now() - started;
    last = now();
    slice();
    return took;
  },
  begin(): void {
    lag = 0;
    for (const { witness } of members) witness.begin();
  },
  testimony(): FollowersTestimony {
    return { followers: members.map(({ witness }) => witness.testimony()), warnings, lag };
  },
  /** When each follower first read the set as it is after `since`. */
  freshAfter(since: number): readonly (number | null)[] {
    return members.map(({ witness }) => witness.freshAfter(since) ?? null);
  },
  /** Reads now, as at the refresh interval. */
  async refresh(): Promise<void> {
    await Promise.all(members.map(({ follower }) => follower.refresh()));
  },
  /** A hash of what each follower serves. */
  digests(): readonly string[] {
    return members.map(({ witness }) => digestOf(witness.content()));
  },
  content(member: number): Readonly<Record<string, string>> {
    return members[member]!.witness.content();
  },
  async close(): Promise<void> {
    clearTimeout(slices);
    await Promise.all(members.map(({ follower }) => follower.close()));
    await Promise.all(members.map(({ opened }) => opened.end()));
  },
};

export type FollowersCalls = typeof calls;

/** A hash of flags, whatever their order. */
export function digestOf(content: Readonly<Record<string, string>>): string {
  return createHash('sha256').update(textOf(content)).digest('hex');
}

/** Begins to answer. */
export function start(): void {
  serve(calls);
}
