import { away, demand, type Principal, verbsOf } from '../access/principal.ts';
import type { Database } from '../database/database.ts';
import type { Logger } from '../http/log.ts';
import type { Operation } from '../http/operation.ts';
import { Problem } from '../http/problem.ts';
import { DRY_RUN, FORCE } from '../resources/parameters.ts';
import { API_VERSION, BASE } from '../schema/definitions.ts';
import { type ApplyBody, applyAll } from './apply.ts';
import { APPLY_RESULT, APPLYING } from './schemas.ts';

/** What the operation needs beside the database. */
export interface ApplyOptions {
  /** Takes more of the budget for changes of whoever asks. Throws `Problem('RATE_LIMITED')`. */
  readonly charge?: ((who: Principal, changes: number) => void) | undefined;
  readonly log?: Logger | undefined;
  /** How long a transaction may take, in ms. Default: 20,000, less than clients wait, so that they are told. */
  readonly patience?: number | undefined;
}

/** So many manifests count as one change: their checks share what they read, and one transaction writes them. */
const PER_CHANGE = 10;

const PATIENCE = 20_000;

/** In bytes. */
const MOST_BYTES = 8 * 2 ** 20;

/** Many manifests of all kinds in one transaction. */
export function applyOperations(database: Database, options: ApplyOptions = {}): readonly Operation[] {
  const { charge, log, patience = PATIENCE } = options;
  return [
    {
      id: 'apply',
      method: 'POST',
      path: `${BASE}/apply`,
      tag: 'Many at once',
      summary: 'Writes many resources of all kinds, in one transaction',
      description:
        'Each item means what PUT of that resource means, in the order sent; what fails has a problem, and the others are ' +
        'done all the same, unless `atomic` is asked for. Each needs the rights it needs alone.',
      access: 'own',
      maxBytes: MOST_BYTES,
      query: { dryRun: DRY_RUN, force: FORCE },
      body: APPLYING,
      answers: { 200: { description: 'What came of each.', schema: APPLY_RESULT } },
      async handle(call) {
        const { who } = call;
        checkUnconditional(call.request);
        if (who.provisional === true) throw away();
        if (!verbsOf(who.role).includes('write')) demand(who, 'write', {});
        // of the shape of the schema, which the router has checked
        const body = call.body as ApplyBody;
        // one was counted when the request came
        const more = Math.ceil(body.items.length / PER_CHANGE) - 1;
        if (more > 0) charge?.(who, more);
        const { applied, items } = await applyAll(database, call, body, { log, patience });
        return { body: { apiVersion: API_VERSION, kind: 'ApplyResult', applied, items } };
      },
    },
  ];
}

/** Throws `Problem('INVALID_ARGUMENT')` for a condition in a header: of which of the manifests would it be? */
function checkUnconditional({ headers }: Request): void {
  const name = CONDITIONS.find((one) => headers.has(one));
  if (name === undefined) return;
  throw new Problem('INVALID_ARGUMENT', `${name} is of one resource, and many are applied`, {
    hint: 'give each manifest the version that it is meant for, as its member `version`',
  });
}

const CONDITIONS = ['If-Match', 'If-None-Match', 'If-Modified-Since', 'If-Unmodified-Since'] as const;
