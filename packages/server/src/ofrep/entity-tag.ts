import { createHash } from 'node:crypto';
import type { EvaluationContext } from '@flagwright/core';

/** JSON in which the order of names does not matter. The value is of bounded depth. */
export function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const names = Object.keys(value).sort();
  const record = value as Readonly<Record<string, unknown>>;
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(record[name])}`).join(',')}}`;
}

/** The format of answers: another one makes other tags, for clients keep them for weeks. */
const FORMAT = 'ofrep 1';

/**
 * The entity tag of what a context is served by a revision of a set. `stream` is the address of the event stream, which
 * is part of the answer: when it changes, those who keep the old one must learn of it. `flags` is the text of the
 * flags, where revision and context do not determine it.
 */
export function tagOf(revision: string, stream: string, context: EvaluationContext, flags = ''): string {
  const hash = createHash('sha256');
  for (const part of [FORMAT, revision, stream, canonical(context), flags]) hash.update(`${part.length}:${part}`);
  return `"${hash.digest('base64url').slice(0, 27)}"`;
}

/** Whether `If-None-Match` names a tag, by weak comparison (RFC 9110, 13.1.2). */
export function names(ifNoneMatch: string | null | undefined, tag: string): boolean {
  if (ifNoneMatch === null || ifNoneMatch === undefined) return false;
  if (ifNoneMatch === tag || ifNoneMatch.trim() === '*') return true;
  return [...ifNoneMatch.matchAll(/"[^"]*"/g)].some(([one]) => one === tag);
}
