import type { Issue } from '@flagwright/core';
import { UsageError } from '../errors/usage-error.ts';

/** How the command line calls what a token is made of. */
const NAMES: ReadonlyMap<unknown, string> = new Map([
  ['name', 'the name'],
  ['subject', '--subject'],
  ['role', '--role'],
  ['projects', '--project'],
  ['stages', '--stage'],
  ['expiresAt', '--expires'],
]);

/** What a server has against what a token is to be, as what is wrong with the command line; whatever else was thrown stays. */
export function asUsage(command: string, thrown: unknown): unknown {
  const { code, issues = [] } = thrown as { readonly code?: unknown; readonly issues?: readonly Issue[] };
  if (code !== 'INVALID_SPEC' || issues.length === 0) return thrown;
  const [first = '', ...more] = issues.map(({ path, message, expected }) => {
    const what = NAMES.get(path[0]);
    return `${what === undefined ? '' : `${what}: `}${message}${expected === undefined ? '' : `; expected ${expected}`}`;
  });
  return new UsageError(`${command}: ${first}`, more);
}
