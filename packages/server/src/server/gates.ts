import type { FlagStore } from '@flagwright/core';
import { gatesHandler } from '@flagwright/gates/rest';
import { postgresStore } from '@flagwright/sources/postgres';
import type { Database } from '../database/database.ts';
import type { Asked, Mount } from '../http/router.ts';

/** The set that holds the gates of a cluster. No project has such an id. */
export const GATES_SET = { project: 'feature_gates', stage: 'cluster' } as const;

const PATH = '/1.0/feature-gates';

/** The gates of a cluster: a set of its own, which `syncGates` and `liveGates` may also read in the database. */
export function gates(database: Database): { readonly mount: Mount; readonly store: FlagStore } {
  const store = postgresStore({ pool: database.pool, ...GATES_SET });
  const asking = new WeakMap<Request, Asked>();
  const handle = gatesHandler(existing(store), {
    // who may ask was found out before
    authorize: 'everybody',
    path: PATH,
    by: (request) => asking.get(request)?.who.subject,
  });
  return {
    store,
    mount: {
      id: 'featureGates',
      prefix: PATH,
      access: (method) => (method === 'GET' || method === 'HEAD' ? 'read' : 'administer'),
      async handle(request, asked) {
        asking.set(request, asked);
        return handle(request);
      },
    },
  };
}

/** A store whose set is made when it is first read. */
function existing(store: FlagStore): FlagStore {
  let made: Promise<string> | undefined;
  return {
    ...store,
    async read(previous, signal) {
      made ??= store.commit([]).catch((error: unknown) => {
        made = undefined;
        throw error;
      });
      await made;
      return store.read(previous, signal);
    },
  };
}
