import { createHash } from 'node:crypto';

/** The entity tag of a gate: of what is served, which may change by itself, and of the definition, which `If-Match` guards. */
export const tagOfGate = ({
  enabled,
  definition,
}: {
  readonly enabled: boolean;
  readonly definition: unknown;
}): string => tagOf({ enabled, definition });

/** The entity tag of anything that is JSON: a hash that does not depend on the order of names, which stores may change. */
export function tagOf(value: unknown): string {
  return `"${createHash('sha256').update(JSON.stringify(value, sorted)).digest('hex').slice(0, 32)}"`;
}

function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Whether `If-None-Match` names a tag, by weak comparison (RFC 9110, 13.1.2); `tag` is undefined of what is not there. */
export function noneMatches(header: string | null, tag: string | undefined): boolean {
  if (header === null || tag === undefined) return true;
  return header.trim() !== '*' && !tagsIn(header).some((one) => one.replace(/^W\//, '') === tag);
}

/** Whether `If-Match` names a tag, by strong comparison (RFC 9110, 13.1.1); `tag` is undefined of what is not there. */
export function matches(header: string | null, tag: string | undefined): boolean {
  if (header === null) return true;
  if (tag === undefined) return false;
  return header.trim() === '*' || tagsIn(header).includes(tag);
}

const tagsIn = (header: string): readonly string[] => header.match(/(?:W\/)?"[^"]*"/g) ?? [];
