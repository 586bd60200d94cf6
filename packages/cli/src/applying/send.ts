import type { ApiError, Applied, ApplyOptions, ControlPlane } from '@flagwright/server/client';
import { CommandError, EXIT } from '../errors/command-error.ts';
import { inOrder } from '../manifests/order.ts';
import type { Item } from './item.ts';
import { type Needs, needsOf, withNeeds } from './needs.ts';

/** What came of an item. */
export type Outcome =
  | { readonly kind: 'done'; readonly applied: Applied }
  | { readonly kind: 'failed'; readonly error: ApiError }
  /** Something that it needs failed. */
  | { readonly kind: 'not-tried'; readonly because: Item }
  /** It was good, and undone since another one was not. */
  | { readonly kind: 'undone' }
  /** The answer to the request that had it was lost, so it may be done. */
  | { readonly kind: 'unknown' }
  /** There was an answer, and nothing in it of this one. */
  | { readonly kind: 'unanswered' }
  | { readonly kind: 'not-sent' };

/** How items are sent. */
export interface Sending extends ApplyOptions {
  /** From when it is aborted nothing more is sent; what is on its way comes to its end. */
  readonly interrupted?: AbortSignal | undefined;
  /** Whether to try what needs something that failed, too: nothing comes of a comparison. */
  readonly alsoHeld?: boolean;
  /** Called whenever it is known of more items what came of them. */
  told(outcomes: ReadonlyMap<Item, Outcome>): void | Promise<void>;
  /** Called with those whose answer is then waited for. */
  sending?(items: readonly Item[]): void;
}

/** As much goes in one request. */
const MOST_ITEMS = 100;
const MOST_BYTES = 900_000;

/** As much goes in one request that is to be seen as a whole; the server takes no more. */
const MOST_WHOLE = 1_000;
const MOST_WHOLE_BYTES = 8_000_000;

/** Throws `CommandError` if items are more than can be all or nothing. */
export function checkWhole(items: readonly Item[]): void {
  const size = bytesOfAll(items);
  if (items.length <= MOST_WHOLE && size <= MOST_WHOLE_BYTES) return;
  const found =
    items.length > MOST_WHOLE
      ? `at most 1,000 manifests; there are ${items.length.toLocaleString('en')}`
      : `at most 8 MB; the manifests have ${(size / 1e6).toFixed(1)} MB`;
  throw new CommandError(EXIT.invalid, `--atomic takes ${found}; nothing was sent`, [
    'Apply them without --atomic, or in parts: each is all or nothing by itself',
  ]);
}

/** What came of all; `thrown` is why it was broken off. */
export interface Sent {
  readonly outcomes: ReadonlyMap<Item, Outcome>;
  readonly thrown?: unknown;
}

/**
 * Applies items, in an order in which they can be. Throws nothing: what the server has against the whole of it comes with
 * what was done before.
 */
export async function sendAll(api: ControlPlane, items: readonly Item[], sending: Sending): Promise<Sent> {
  const { interrupted, told, sending: begun, alsoHeld = false, ...options } = sending;
  const ordered = inOrder(items.map((item) => ({ ...item.manifest, item }))).map(({ item }) => item);
  const needs = needsOf(items);
  const outcomes = new Map<Item, Outcome>();
  let thrown: unknown;
  for (const { own, sent } of chunksOf(ordered, needs, options)) {
    if (interrupted?.aborted === true || thrown !== undefined) {
      for (const item of own) outcomes.set(item, { kind: 'not-sent' });
      continue;
    }
    const goesWhole = options.atomic === true || alsoHeld;
    const tried = goesWhole ? sent : sent.filter((item) => !isHeld(item, needs, outcomes));
    if (tried.length > 0) {
      begun?.(own);
      try {
        const { applied, items: answers } = await api.apply(
          tried.map((item) => item.sent),
          options,
        );
        const byItem = new Map(answers.map((answer) => [tried[answer.index], answer]));
        for (const item of own) {
          if (outcomes.has(item)) continue;
          const answer = byItem.get(item);
          outcomes.set(
            item,
            answer === undefined
              ? { kind: 'unanswered' }
              : await outcomeOf(item, answer, applied, {
                  needs,
                  outcomes,
                  isAtomic: options.atomic === true,
                  isHeld: options.dryRun === true && !goesWhole,
                }),
          );
        }
      } catch (error) {
        thrown = error;
        const kind = (error as { readonly code?: unknown }).code === 'UNKNOWN' ? 'unknown' : 'not-sent';
        for (const item of own) if (!outcomes.has(item)) outcomes.set(item, { kind });
      }
    }
    await told(outcomes);
  }
  return { outcomes, ...(thrown === undefined ? {} : { thrown }) };
}

interface Known {
  readonly needs: Needs;
  readonly outcomes: ReadonlyMap<Item, Outcome>;
  readonly isAtomic: boolean;
  /** Whether what needs something that failed would not be tried: a dry run sends it all the same. */
  readonly isHeld: boolean;
}

async function outcomeOf(item: Item, applied: Applied, isApplied: boolean, known: Known): Promise<Outcome> {
  const { problem } = applied;
  const because = failedOf(item, known);
  if (because !== undefined && known.isHeld) return { kind: 'not-tried', because };
  if (problem === undefined) {
    if (isApplied) return applied.result === undefined ? { kind: 'unanswered' } : { kind: 'done', applied };
    return { kind: known.isAtomic ? 'undone' : 'unanswered' };
  }
  // that something is not there says nothing new if it was refused; what is needed is told before
  const named = JSON.stringify(because?.identity.id);
  const isMissing = problem.code === 'NOT_FOUND' || problem.issues?.some(({ message }) => message.includes(named));
  if (because !== undefined && isMissing === true) return { kind: 'not-tried', because };
  const { ApiError: Refusal } = await import('@flagwright/server/client');
  const { detail, status, code, hint, issues = [], ...members } = problem;
  const requestId = typeof members.requestId === 'string' ? members.requestId : undefined;
  return { kind: 'failed', error: new Refusal(detail, { status, code, hint, issues, requestId, members }) };
}

/** What an item needs, and has failed. */
function failedOf(item: Item, { needs, outcomes }: Pick<Known, 'needs' | 'outcomes'>): Item | undefined {
  return needs(item).find((other) => {
    const kind = outcomes.get(other)?.kind;
    return kind === 'failed' || kind === 'not-tried';
  });
}

/** Marks an item that something has failed for. */
function isHeld(item: Item, needs: Needs, outcomes: Map<Item, Outcome>): boolean {
  const because = failedOf(item, { needs, outcomes });
  if (because === undefined) return false;
  outcomes.set(item, { kind: 'not-tried', because });
  return true;
}

interface Chunk {
  readonly own: readonly Item[];
  /** With what a dry run would not find otherwise. */
  readonly sent: readonly Item[];
}

function chunksOf(ordered: readonly Item[], needs: Needs, { atomic, dryRun }: ApplyOptions): readonly Chunk[] {
  const fitsOne = ordered.length <= MOST_WHOLE && bytesOfAll(ordered) <= MOST_WHOLE_BYTES;
  if (atomic === true || (dryRun === true && fitsOne)) return [{ own: ordered, sent: ordered }];
  const chunks: Item[][] = [];
  let bytes = 0;
  let inLast = new Set<Item>();
  // whether something failed must be known before what needs it is sent, for an older one of it may be there
  const isApart = (item: Item): boolean => dryRun !== true && needs(item).some((other) => inLast.has(other));
  for (const item of dryRun === true ? ordered : byLevel(ordered, needs)) {
    const own = bytesOf(item.sent);
    const last = chunks.at(-1);
    if (last === undefined || last.length >= MOST_ITEMS || bytes + own > MOST_BYTES || isApart(item)) {
      inLast = new Set();
      chunks.push([item]);
      bytes = own;
    } else {
      last.push(item);
      bytes += own;
    }
    inLast.add(item);
  }
  if (dryRun !== true) return chunks.map((own) => ({ own, sent: own }));
  const place = new Map(ordered.map((item, i) => [item, i]));
  return chunks.map((own) => ({
    own,
    sent: [...withNeeds(own, needs)].sort((a, b) => place.get(a)! - place.get(b)!),
  }));
}

/** Items so that few requests do: what needs nothing first, then what needs only that. `ordered` has what is needed before. */
function byLevel(ordered: readonly Item[], needs: Needs): readonly Item[] {
  const levels = new Map<Item, number>();
  for (const item of ordered) {
    // of a circle there is one that is not known yet
    levels.set(item, 1 + needs(item).reduce((most, other) => Math.max(most, levels.get(other) ?? -1), -1));
  }
  return [...ordered].sort((a, b) => levels.get(a)! - levels.get(b)!);
}

const bytesOfAll = (items: readonly Item[]): number => items.reduce((sum, { sent }) => sum + bytesOf(sent), 0);

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value)) + 1;
