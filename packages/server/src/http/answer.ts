import type { Issue } from '@flagwright/core';
import { firstIssues } from './first-issues.ts';
import type { Reply } from './operation.ts';
import { PROBLEM_TYPE, Problem, type ProblemCode, problemOf } from './problem.ts';

const TITLES: Readonly<Record<ProblemCode, string>> = {
  INVALID_ARGUMENT: 'The request is not valid',
  MALFORMED_JSON: 'The body is no JSON',
  UNAUTHORIZED: 'Credentials are missing, or not accepted',
  FORBIDDEN: 'This token may not do that',
  NOT_FOUND: 'There is no such thing',
  METHOD_NOT_ALLOWED: 'There is no such method here',
  NOT_ACCEPTABLE: 'No accepted representation',
  ALREADY_EXISTS: 'It exists already',
  VERSION_CONFLICT: 'It was changed meanwhile',
  IN_USE: 'It is in use',
  PROTECTED: 'It is protected',
  NOT_PENDING: 'It is decided already',
  CONFLICT: 'It conflicts with what is there',
  MANAGED: 'It is managed elsewhere',
  TOO_LARGE: 'The request is too large',
  UNSUPPORTED_MEDIA_TYPE: 'The body is of another type',
  INVALID_SPEC: 'The body is not what it should be',
  RATE_LIMITED: 'Too many requests',
  INTERNAL: 'The server met an error of its own',
  UNSUPPORTED: 'This server cannot do that',
  UNKNOWN: 'Whether it was done is not known',
  UNAVAILABLE: 'The server cannot answer now',
};

/** When to ask again, in seconds, where a problem does not say itself. */
const RETRY_AFTER: Readonly<Partial<Record<ProblemCode, string>>> = { RATE_LIMITED: '1', UNAVAILABLE: '5' };

/** Whatever was thrown as an answer; of a problem that cannot be told, that there was one. */
export function refusal(thrown: unknown, requestId: string): Response {
  try {
    return problemAnswer(problemOf(thrown), requestId);
  } catch {
    return problemAnswer(new Problem('INTERNAL', 'the server cannot say what went wrong'), requestId);
  }
}

/** A problem by RFC 9457: what it says of itself first, so that it cannot change what every problem has. */
export function problemBody({ code, status, message, hint, issues, members }: Problem, requestId: string): object {
  const first = firstIssues(issues);
  return {
    ...members,
    type: `urn:flagwright:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    title: TITLES[code],
    status,
    detail: message,
    code,
    requestId,
    hint,
    ...(issues.length === 0 ? {} : { ...first, issues: first.issues.map(told) }),
  };
}

function problemAnswer(problem: Problem, requestId: string): Response {
  const { code, status, headers } = problem;
  const retryAfter = RETRY_AFTER[code];
  return json(problemBody(problem, requestId), status, {
    ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...headers,
    'content-type': PROBLEM_TYPE,
    'cache-control': 'no-store',
  });
}

function told({ path, message, expected, hint, code, place }: Issue): object {
  return { path, message, expected, hint, code, place };
}

/** The answer of a handler as a response. */
export function answerOf(reply: Reply | Response): Response {
  if (reply instanceof Response) return reply;
  const { status, body, headers = {} } = reply;
  if (body === undefined) return new Response(null, { status: status ?? 204, headers });
  return json(body, status ?? 200, { 'content-type': 'application/json', ...headers });
}

function json(body: unknown, status: number, headers: Readonly<Record<string, string>>): Response {
  const text = Buffer.from(JSON.stringify(body));
  return new Response(text, { status, headers: { ...headers, 'content-length': String(text.length) } });
}

/** A response with the id of its request, whose headers can be changed; without a body for `HEAD`. */
export function marked(response: Response, requestId: string, bodiless: boolean): Response {
  const { status, statusText, headers, body } = response;
  let own = response;
  if (bodiless) {
    body?.cancel().catch(() => undefined);
    own = new Response(null, { status, statusText, headers });
  }
  try {
    own.headers.set('x-request-id', requestId);
  } catch {
    // that of a redirect, or one that came from `fetch`, is not to be changed
    own = new Response(body, { status, statusText, headers });
    own.headers.set('x-request-id', requestId);
  }
  return own;
}
