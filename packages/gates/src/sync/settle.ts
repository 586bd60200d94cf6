import { isRecord, jsonEqual } from '@flagwright/core';
import { type ClusterGate, MARKS, REMEMBERED } from '../cluster.ts';
import type { Agreed, Entry, Outstanding, Sent, Value } from './entry.ts';

/** What is remembered of a gate once both sides have been looked at. */
export interface Settlement {
  readonly entry: Entry | undefined;
  /**
   * A write may have landed and been replaced by somebody who left no trace of it: it is taken to have landed. Or a value
   * may have been put here and been set back by a user: it is taken not to have been put here.
   */
  readonly uncertain: boolean;
}

/**
 * Finds out what became of what a node was about to do when it last wrote that down.
 *
 * - The local gates have the value that was to be put there: it was. If they have another, it was not; if that is the one
 *   from before, it may have been, and set back since.
 * - The cluster's definition names a write of this node as its own, or as one it replaced: that one landed, and is never
 *   sent again, for that would bring it back over what replaced it.
 * - The definition to be replaced is there still: nothing landed yet, though something may.
 * - The definition that is there now replaced the one that was to be replaced, and none of this node's between them:
 *   none of them landed, nor will.
 * - The history of the definition does not tell, because a writer that keeps none has been there, or too many have:
 *   what was sent is taken to have landed, so that the cluster wins.
 *
 * @param stored what stands in the store under the gate's key, null if nothing does
 * @param notPut this very process could not put the value there
 */
export function settle(
  before: Entry | undefined,
  local: Value,
  gate: ClusterGate | undefined,
  stored: unknown,
  notPut: boolean = false,
): Settlement {
  const { agreed, pull, push } = before ?? {};
  if (pull !== undefined && local === pull.value) return { entry: { agreed: pull }, uncertain: false };
  const { entry, uncertain } = settlePush(agreed, push, gate, stored);
  return { entry, uncertain: uncertain || (pull !== undefined && !notPut && local === agreed?.value) };
}

function settlePush(
  agreed: Agreed | undefined,
  push: Outstanding | undefined,
  gate: ClusterGate | undefined,
  stored: unknown,
): Settlement {
  if (push === undefined) return { entry: agreed && { agreed }, uncertain: false };
  const history = gate?.write === undefined ? [] : [gate.write, ...gate.replaced];
  const landed = history.flatMap((id) => push.sent.find((sent) => sent.id === id) ?? [])[0];
  if (landed !== undefined) return { entry: agreedBy(landed), uncertain: false };
  if (jsonEqual(stored, push.base)) return { entry: { agreed, push }, uncertain: false };
  if (leadsTo(push.base, history)) return { entry: agreed && { agreed }, uncertain: false };
  return { entry: agreedBy(push.sent.at(-1)!), uncertain: true };
}

function agreedBy({ id, value }: Sent): Entry {
  return { agreed: { value, write: id } };
}

/** Whether a history, newest first, goes back to what was there when a definition was to be replaced. */
function leadsTo(definition: unknown, history: readonly string[]): boolean {
  const metadata = isRecord(definition) && isRecord(definition.metadata) ? definition.metadata : {};
  const write = metadata[MARKS.write];
  if (typeof write === 'string') return history.includes(write);
  // nothing had been written by a gate's writer: a history that was not cut off begins on that
  return history.length > 0 && history.length <= REMEMBERED;
}
