import { type Issue, isRecord, retryAfterOf } from '@flagwright/core';
import { PROBLEMS, type ProblemCode } from '../http/problem.ts';
import { ApiError } from './api-error.ts';

/** What an answer that is no success says; `body` is undefined where it is no JSON. */
export function refusalOf(status: number, headers: Headers, body: unknown): ApiError {
  const members = isRecord(body) ? body : {};
  const said = (name: string): string | undefined => {
    const value = members[name];
    return typeof value === 'string' ? value : undefined;
  };
  const retryAfter = retryAfterOf(headers);
  return new ApiError(said('detail') ?? `the server answered ${status}`, {
    status,
    code: codeOf(members),
    hint: said('hint'),
    issues: Array.isArray(members.issues) ? members.issues.filter(isIssue) : [],
    requestId: said('requestId') ?? headers.get('x-request-id') ?? undefined,
    members: retryAfter === undefined ? members : { ...members, retryAfter },
  });
}

const isIssue = (value: unknown): value is Issue =>
  isRecord(value) &&
  typeof value.message === 'string' &&
  Array.isArray(value.path) &&
  value.path.every((part) => typeof part === 'string' || typeof part === 'number');

/** Our own word for what went wrong; others, too, have a member of this name. */
function codeOf({ type, code }: Readonly<Record<string, unknown>>): ProblemCode | undefined {
  if (typeof code !== 'string') return undefined;
  const own = Object.hasOwn(PROBLEMS, code) || (typeof type === 'string' && type.startsWith('urn:flagwright:'));
  return own ? (code as ProblemCode) : undefined;
}
