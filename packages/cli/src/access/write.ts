import type { Issue } from '@flagwright/core';
import type { ControlPlane } from '@flagwright/server/client';
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

/** Writes a token. Throws `UsageError` for what a server has against what it is to be, and what else the server refuses. */
export async function write(
  { ask }: ControlPlane,
  command: string,
  method: string,
  path: string,
  body: object,
): Promise<unknown> {
  try {
    return await ask(method, path, { body });
  } catch (thrown) {
    throw asUsage(command, thrown);
  }
}

function asUsage(command: string, thrown: unknown): unknown {
  const { code, issues = [] } = thrown as { readonly code?: unknown; readonly issues?: readonly Issue[] };
  if (code !== 'INVALID_SPEC' || issues.length === 0) return thrown;
  const [first = '', ...more] = issues.map(({ path, message, expected }) => {
    const what = NAMES.get(path[0]);
    return `${what === undefined ? '' : `${what}: `}${message}${expected === undefined ? '' : `; expected ${expected}`}`;
  });
  return new UsageError(`${command}: ${first}`, more);
}
