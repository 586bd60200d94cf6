import { formatPath } from '@flagwright/core';
import { type Problem, problemOf } from '../http/problem.ts';

/** What is wrong with a field. */
export interface Detail {
  readonly field: string;
  readonly code: string;
  readonly message: string;
}

/** Statuses that the CLI knows: what is beyond its API becomes the nearest. */
const STATUS: Readonly<Partial<Record<number, number>>> = { 413: 400, 415: 400, 422: 400 };

/** Whatever was thrown, as the API has it: `{ error: { message, status, details } }`. */
export function manifestError(thrown: unknown, details?: readonly Detail[]): Response {
  const problem = problemOf(thrown);
  const status = STATUS[problem.status] ?? problem.status;
  const { message, hint } = problem;
  const error = {
    message: hint === undefined ? message : `${message}. Hint: ${hint}`,
    status,
    details: details ?? detailsOf(problem),
  };
  return Response.json({ error }, { status, headers: { ...problem.headers, 'cache-control': 'no-store' } });
}

function detailsOf({ issues }: Problem): readonly Detail[] | undefined {
  if (issues.length === 0) return undefined;
  return issues.map(({ path, code, message, expected }) => ({
    field: path.length === 0 ? 'body' : formatPath(path),
    code,
    message: expected === undefined ? message : `${message}; expected ${expected}`,
  }));
}
