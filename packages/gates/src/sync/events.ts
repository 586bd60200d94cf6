import type { FlagError } from '@flagwright/core';
import { printable } from '../printable.ts';
import type { SyncMode } from './decide.ts';
import type { Value } from './entry.ts';

/** A gate that was brought from one side to the other. */
export interface Change {
  readonly gate: string;
  /** What the side that took it had before. */
  readonly before: Value;
  readonly now: Value;
}

/**
 * What the sync has done, or could not do:
 *
 * - `pushed`, `pulled`: a gate went to the cluster, or came from it
 * - `conflict`: both sides had changed a gate; `kept` says whose value it has now. `uncertain`: whether both had cannot be
 *   told, and the cluster's value was kept. Either it was changed by a writer that keeps no history while a write of this
 *   node was under way; or the process ended while a value from there was put here, and what is here is what was before
 * - `joined`: in step with the cluster for the first time
 * - `rejoining`: the local gates are gone as a whole, and are made anew from the cluster
 * - `damaged`: what was remembered could not be used, and the node joins anew
 * - `failed`: a round came to nothing, or one gate (`gate`) could not be brought over; told when the cause changes
 * - `recovered`: the first round that went well after that
 */
export type SyncEvent =
  | ({ readonly type: 'pushed' | 'pulled' } & Change)
  | {
      readonly type: 'conflict';
      readonly gate: string;
      readonly local: Value;
      readonly cluster: Value;
      readonly kept: 'local' | 'cluster';
      readonly uncertain: boolean;
    }
  | { readonly type: 'joined'; readonly mode: SyncMode }
  | { readonly type: 'rejoining' }
  | { readonly type: 'damaged'; readonly cause: FlagError }
  | { readonly type: 'failed'; readonly gate?: string; readonly cause: FlagError }
  | { readonly type: 'recovered' };

/** An event in words, in one line, for logs: what a store or a file says is shown without what a terminal would obey. */
export function formatSyncEvent(event: SyncEvent): string {
  return printable(wordsOf(event));
}

function wordsOf(event: SyncEvent): string {
  switch (event.type) {
    case 'pushed':
      return `${event.gate} went to the cluster: ${word(event.before)} → ${word(event.now)}`;
    case 'pulled':
      return `${event.gate} came from the cluster: ${word(event.before)} → ${word(event.now)}`;
    case 'conflict': {
      const { gate, local, cluster, kept, uncertain } = event;
      const both = `here ${word(local)}, in the cluster ${word(cluster)}`;
      const why = uncertain ? 'may have been changed on both sides' : 'was changed on both sides';
      return `${gate} ${why} (${both}); ${kept === 'local' ? 'what it is here' : "the cluster's"} is kept`;
    }
    case 'joined':
      return `in step with the cluster for the first time, ${event.mode}`;
    case 'rejoining':
      return 'the local gates are gone, and are made anew from the cluster';
    case 'damaged':
      return `this node joins anew: ${event.cause.message}`;
    case 'failed':
      return `${event.gate ?? 'the sync'} failed, and is tried again: ${event.cause.message}`;
    case 'recovered':
      return 'the sync goes on';
  }
}

function word(value: Value): string {
  return value === undefined ? 'unset' : String(value);
}
