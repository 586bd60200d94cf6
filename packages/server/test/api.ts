import type { Principal, Role } from '../src/access/principal.ts';
import type { Database } from '../src/database/database.ts';
import type { Operation } from '../src/http/operation.ts';
import { router } from '../src/http/router.ts';
import { resourceOperations } from '../src/resources/operations.ts';
import { BASE, DEFINITIONS } from '../src/schema/definitions.ts';

/** What came back. */
export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of many shapes
  readonly body: any;
  readonly headers: Headers;
}

/** Asks the API; `path` is below its base. */
export type Ask = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<Answer>;

/** An API without tokens: who asks is told by whoever asks. */
export interface Api {
  /** As an admin of the whole server. */
  readonly ask: Ask;
  as(role: Role, who?: Partial<Principal>): Ask;
}

/** The API over a database, called without a network. */
export function apiOver(database: Database, operations: readonly Operation[] = resourceOperations(database)): Api {
  const principals = new Map<string, Principal>();
  const handle = router(operations, {
    authenticate: async (request) => principals.get(request.headers.get('x-who') ?? '')!,
    definitions: DEFINITIONS,
  });
  const as = (role: Role, who: Partial<Principal> = {}): Ask => {
    const principal: Principal = {
      subject: role,
      token: `t-${role}`,
      role,
      projects: undefined,
      stages: undefined,
      ...who,
    };
    const id = JSON.stringify(principal);
    principals.set(id, principal);
    return async (method, path, body, headers = {}) => {
      const response = await handle(
        new Request(`http://localhost${BASE}${path}`, {
          method,
          headers: { 'x-who': id, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      );
      const text = await response.text();
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text), headers: response.headers };
    };
  };
  return { ask: as('admin'), as };
}

/** A project `app` linked to dev, staging and production, with a flag `checkout` and an attribute `user-tier`. */
export async function seedProject({ ask }: Api, project = 'app'): Promise<void> {
  await good(ask('POST', '/projects', { metadata: { id: project }, spec: { name: 'Application' } }));
  for (const stage of ['dev', 'staging', 'production']) {
    await good(ask('PUT', `/stages/${stage}`, { spec: {} }));
    await good(ask('PUT', `/projects/${project}/stages/${stage}`, { spec: {} }));
  }
  await good(ask('POST', `/projects/${project}/contexts`, { metadata: { id: 'user-tier' }, spec: { type: 'STRING' } }));
  await good(
    ask('POST', `/projects/${project}/feature-flags`, {
      metadata: { id: 'checkout' },
      spec: { type: 'BOOLEAN', variants: { on: true, off: false } },
    }),
  );
}

/** The answer, which must be a good one. */
export async function good(answer: Promise<Answer>): Promise<Answer> {
  const got = await answer;
  if (got.status >= 300) throw new Error(`answered ${got.status}: ${JSON.stringify(got.body)}`);
  return got;
}
