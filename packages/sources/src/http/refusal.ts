import {
  codeOfStatus,
  FlagError,
  type FlagErrorCode,
  isErrorCode,
  isRecord,
  mediaTypeOf,
  readBytes,
  retryAfterOf,
  utf8Of,
} from '@flagwright/core';
import type { Reply } from './origin.ts';
import { shown } from './secrets.ts';

const MOST_READ = 65_536;

/** An answer that is no success as an error: by what its body says of itself, otherwise by its status. */
export async function refusalOf(reply: Reply): Promise<FlagError> {
  return (await ownErrorOf(reply)) ?? statusErrorOf(reply);
}

/** The error in the body of an answer, as only our own servers send it; undefined if there is none. */
export async function ownErrorOf({ answer, hide }: Reply): Promise<FlagError | undefined> {
  const said = await errorIn(answer);
  if (said === undefined) return undefined;
  return new FlagError(said.code, shown(said.message, hide), { retryAfter: retryAfterOf(answer.headers) });
}

/** The error that the status of an answer stands for, whoever sent it. */
export function statusErrorOf({ answer: { status, headers } }: Reply): FlagError {
  return new FlagError(codeOfStatus(status), explained(status), { retryAfter: retryAfterOf(headers) });
}

/** What our own servers say in the body of an error. */
async function errorIn(
  answer: Response,
): Promise<{ readonly code: FlagErrorCode; readonly message: string } | undefined> {
  if (answer.status < 400 || mediaTypeOf(answer.headers) !== 'application/json') return undefined;
  let body: unknown;
  try {
    body = JSON.parse(utf8Of(await readBytes(answer.body, MOST_READ)));
  } catch {
    // no such body: the status says enough
    return undefined;
  }
  if (!isRecord(body)) return undefined;
  const { code, message } = body;
  return isErrorCode(code) && typeof message === 'string' ? { code, message } : undefined;
}

function explained(status: number): string {
  switch (codeOfStatus(status)) {
    case 'UNAUTHORIZED':
      return `the server refused the credentials (${status}). Hint: check token, or headers`;
    case 'NOT_FOUND':
      return `the server has no flags there (${status}). Hint: check url`;
    case 'UNSUPPORTED':
      return `the server cannot do this (${status})`;
    case 'UNAVAILABLE':
      return `the server cannot answer now (${status})`;
    case 'PARSE_ERROR':
      return `the server answered ${status}; expected 200 and a document`;
    default:
      return `the server refused the request (${status})`;
  }
}
