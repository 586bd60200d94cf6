import { FlagError, type FlagSet } from '@flagwright/core';
import { changedDocument, documentOf, type StoredEntry } from '../stored.ts';
import { entryOf, revisionOf, strangeReply } from './fields.ts';
import { ask, type Link, type Terms } from './link.ts';
import { CHANGES, run } from './scripts.ts';
import type { RedisSet } from './set.ts';

/**
 * Reads a set: only what changed since `previous`, if Redis still knows that revision, and else as a whole. Throws
 * `FlagError`: `NOT_FOUND` if the set is not there, which is not the same as empty; `UNSUPPORTED` if something else is;
 * `UNAVAILABLE`, `UNAUTHORIZED`.
 */
export async function readSet(
  link: Link,
  set: RedisSet,
  previous: FlagSet | undefined,
  terms: Terms,
): Promise<FlagSet> {
  return (await readChanges(link, set, previous, terms)) ?? readWhole(link, set, terms);
}

async function readChanges(
  link: Link,
  set: RedisSet,
  previous: FlagSet | undefined,
  terms: Terms,
): Promise<FlagSet | undefined> {
  const base = revisionOf(previous?.revision);
  if (previous === undefined || base === undefined) return undefined;
  const { entries, changes } = set.keys;
  const reply = await ask(link, (client) => run(client, CHANGES, [entries, changes], [base.nonce, base.n]), terms);
  const [outcome, revision, ...pairs] = textsOf(reply);
  if (outcome === 'none') throw missing(set);
  if (outcome === 'foreign') throw foreign(set);
  if (outcome === 'same') return previous.stale === undefined ? previous : setOf(previous.document, previous.revision);
  if (outcome !== 'changes' || revision === undefined) return undefined;
  const document = changedDocument(previous, [...entriesOf(pairs)]);
  return document === undefined ? undefined : setOf(document, revision);
}

async function readWhole(link: Link, set: RedisSet, terms: Terms): Promise<FlagSet> {
  // in capitals ioredis does not know it for a command that a replica may answer: replicas of a Cluster lag behind
  const reply = await ask(link, (client) => client.call('HGETALL', [set.keys.entries]), terms);
  const pairs = Array.isArray(reply) ? textsOf(reply) : textsOf(Object.entries(reply as object).flat());
  if (pairs.length === 0) throw missing(set);
  const at = pairs.findIndex((field, i) => i % 2 === 0 && field === '$rev');
  const revision = at < 0 ? undefined : pairs[at + 1];
  if (revisionOf(revision) === undefined) throw foreign(set);
  return setOf(documentOf(entriesOf(pairs)), revision!);
}

function setOf(document: FlagSet['document'], revision: string): FlagSet {
  return Object.freeze({ document, revision });
}

function* entriesOf(pairs: readonly string[]): Generator<StoredEntry> {
  for (let i = 0; i < pairs.length; i += 2) {
    const entry = entryOf(pairs[i]!, pairs[i + 1]!);
    if (entry !== undefined) yield entry;
  }
}

function textsOf(reply: unknown): readonly string[] {
  if (Array.isArray(reply) && reply.every((item) => typeof item === 'string')) return reply;
  throw strangeReply(reply);
}

function missing({ title }: RedisSet): FlagError {
  return new FlagError(
    'NOT_FOUND',
    `${title} is not in Redis: nothing was loaded yet. Hint: an empty set is made by commit([])`,
  );
}

/** The error of keys that hold what is no set. */
export function foreign({ title }: RedisSet): FlagError {
  return new FlagError('UNSUPPORTED', `the key of ${title} holds something else, without $rev`);
}
