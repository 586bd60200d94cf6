import { currentClient } from './current-client.ts';
import { invalid } from './invalid.ts';
import { type ClientOptions, clientOf } from './options.ts';

/** Whether a route is open: whether a boolean flag is on for the current request. Never rejects. */
export type IsOpen = () => Promise<boolean>;

/** The check behind a guard. An evaluation that fails serves `fallback`. Throws `INVALID_ARGUMENT`. */
export function gate(what: string, flag: string, fallback: boolean, options: ClientOptions): IsOpen {
  if (typeof flag !== 'string' || flag === '')
    throw invalid(`${what}: the flag must be named, by text that is not empty`);
  if (typeof fallback !== 'boolean')
    throw invalid(`${what}: the fallback must be true or false; hint: options come third`);
  const own = clientOf(what, options);
  return async () => {
    try {
      return (await (own ?? currentClient()).getBooleanValue(flag, fallback)) === true;
    } catch {
      return fallback;
    }
  };
}

/** What becomes of a request. */
export interface Outcomes {
  /** It goes on; what this throws is thrown as without a guard. */
  readonly enter: () => void;
  /** It is refused. */
  readonly refuse: () => void;
  /** It ends somehow, where to refuse it has thrown. */
  readonly cutOff: () => void;
}

/** Lets a request in or refuses it, once that is known. Whatever is refused or cut off, no promise is left to reject. */
export function decide(isOpen: IsOpen, { enter, refuse, cutOff }: Outcomes): void {
  isOpen()
    .then((open) => {
      // what is thrown behind the guard is no rejection
      if (open) process.nextTick(enter);
      else refuse();
    })
    .catch(cutOff)
    .catch(() => {});
}

/** What a closed route answers. */
export interface GuardOptions extends ClientOptions {
  /** The status, 400 to 599; default 404: a route whose flag is off is not there. */
  readonly status?: number | undefined;
  /** The body: text, or a value to send as JSON; default `Not Found`. */
  readonly body?: unknown;
}

/** The names of the options above. */
export const GUARD_OPTIONS: readonly string[] = ['client', 'domain', 'status', 'body'];

/** An answer, ready to be sent. */
export interface Refusal {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** The answer of a closed route. Throws `INVALID_ARGUMENT`. */
export function refusalOf(what: string, { status = 404, body = 'Not Found' }: GuardOptions): Refusal {
  if (!Number.isInteger(status) || status < 400 || status > 599) throw invalid(`${what}: status must be 400 to 599`);
  if (typeof body === 'string') return { status, type: 'text/plain; charset=utf-8', body };
  return { status, type: 'application/json; charset=utf-8', body: jsonOf(what, body) };
}

function jsonOf(what: string, body: unknown): string {
  try {
    const text: string | undefined = JSON.stringify(body);
    if (text !== undefined) return text;
  } catch {
    // a cycle, a BigInt
  }
  throw invalid(`${what}: body must be text, or what can be written as JSON`);
}
