import { Problem } from '../http/problem.ts';
import { difference } from './difference.ts';
import { type Key, named, type Resource } from './resource.ts';

/** The version a change is meant for, by `If-Match` or by its body: `*` is any, undefined says nothing. */
export function expectedVersion(request: Request, body: string | undefined): string | undefined {
  const header = request.headers.get('if-match');
  if (header === null) return body;
  const match = /^\s*(?:(\*)|(?:W\/)?"(\d{1,19})")\s*$/.exec(header);
  if (match === null) {
    throw new Problem('INVALID_ARGUMENT', 'If-Match is no version; expected one as "42", in quotes, or *');
  }
  const version = match[1] ?? match[2]!;
  if (body !== undefined && version !== '*' && body !== version) {
    throw new Problem('INVALID_ARGUMENT', `If-Match names version ${version}, and the body version ${body}`);
  }
  return version === '*' ? (body ?? '*') : version;
}

/** Whether a change is meant for another version than the one that is there. */
export function isStale(expected: string | undefined, now: Resource | undefined): boolean {
  return expected !== undefined && !(expected === '*' && now !== undefined) && expected !== now?.version;
}

/**
 * Throws `Problem('VERSION_CONFLICT')`, with the version that is there and how it differs from what was sent, if it is
 * not the one that is expected.
 */
export function checkVersion(expected: string | undefined, now: Resource | undefined, key: Key, next: unknown): void {
  if (!isStale(expected, now)) return;
  const hint =
    now === undefined
      ? 'it was deleted meanwhile, or never was'
      : 'read it again, and make the change to what it is now';
  throw new Problem('VERSION_CONFLICT', `version conflict when updating ${named(key)}`, {
    hint,
    members: {
      currentVersion: now?.version ?? null,
      expectedVersion: expected,
      ...(now === undefined ? {} : { difference: difference(now.spec, next) }),
    },
  });
}
