import { isRecord } from '@flagwright/core';
import { type Authenticator, type AuthenticatorOptions, authenticator } from '../../src/access/authenticator.ts';
import { tokenOperations } from '../../src/access/token-operations.ts';
import type { Database } from '../../src/database/database.ts';
import { router } from '../../src/http/router.ts';
import { BASE } from '../../src/schema/definitions.ts';

/** What a server answered. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  /** Empty if there was none. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** A server of a database that has the operations of tokens. */
export interface Api extends Authenticator {
  /** `path` is below the API's; without a token none is sent. */
  ask(token: string | undefined, method: string, path: string, body?: unknown): Promise<Answered>;
}

/** A server with everything real but for its socket. */
export function apiOf(database: Database, options: AuthenticatorOptions = {}): Api {
  const tokens = authenticator(database, options);
  const operations = tokenOperations(database, options.now === undefined ? {} : { now: options.now });
  const handle = router(operations, { authenticate: (request) => tokens.authenticate(request) });
  return {
    ...tokens,
    async ask(token, method, path, body) {
      const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
      if (body !== undefined) headers['content-type'] = 'application/json';
      const response = await handle(
        new Request(`http://flags.test${BASE}${path}`, {
          method,
          headers,
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      );
      const text = await response.text();
      const value: unknown = text === '' ? {} : JSON.parse(text);
      return { status: response.status, headers: response.headers, body: isRecord(value) ? value : {} };
    },
  };
}

/** A request with a token. */
export const withToken = (token: string): Request =>
  new Request('http://flags.test/', { headers: { authorization: `Bearer ${token}` } });

/** A member of an answer that is a text. */
export function textIn({ body }: Answered, name: string): string {
  const value = body[name];
  if (typeof value === 'string') return value;
  throw new Error(`${name} is no text in ${JSON.stringify(body)}`);
}
