import type { Role } from '../../src/access/principal.ts';
import { issueToken } from '../../src/access/token-writes.ts';
import { changeOperations } from '../../src/changes/operations.ts';
import type { Database } from '../../src/database/database.ts';
import { resourceOperations } from '../../src/resources/operations.ts';
import { type Answer, type Api, type Ask, apiOver, good, seedProject } from '../api.ts';

/** People of a project of its own: `dev` is free, `staging` takes change requests only, `production` a second approver, too. */
export interface World {
  readonly api: Api;
  readonly database: Database;
  readonly project: string;
  readonly admin: Ask;
  /** Two editors, two approvers. */
  readonly eve: Ask;
  readonly max: Ask;
  readonly ann: Ask;
  readonly bob: Ask;
  readonly viewer: Ask;
  /** The ids of their tokens, which are in the database. */
  readonly tokens: Readonly<Record<'eve' | 'max' | 'ann' | 'bob', string>>;
  /** Asks, as eve unless said otherwise, for a change of `checkout` in staging unless said otherwise. */
  request(spec?: Readonly<Record<string, unknown>>, by?: Ask): Promise<Answer>;
  /** The stage definition of `checkout`; its version is `0` if there is none. */
  definition(stage?: string): Promise<{ readonly version: string; readonly spec: Readonly<Record<string, unknown>> }>;
  /** What the history has of a resource, the first first. */
  history(kind: string, id: string, stage?: string): Promise<readonly HistoryRow[]>;
  /** As if the time of an approved request had come. */
  comesDue(id: string): Promise<void>;
}

export interface HistoryRow {
  readonly version: string;
  readonly actor: string;
  readonly action: string;
  readonly forced: boolean;
  readonly comment: string | null;
  readonly details: Readonly<Record<string, unknown>> | null;
}

let projects = 0;

export async function newWorld(database: Database): Promise<World> {
  const api = apiOver(database, [...resourceOperations(database), ...changeOperations(database)]);
  const project = `p${++projects}`;
  await seedProject(api, project);
  const link = (stage: string, spec: unknown): Promise<Answer> =>
    good(api.ask('PUT', `/projects/${project}/stages/${stage}`, { spec }));
  await link('staging', { requireChangeRequest: true });
  await link('production', { requireChangeRequest: true, requireSecondApprover: true });
  const token = (subject: string, role: Role): Promise<string> =>
    database.write(async (transaction) => {
      const by = { subject: 'admin', token: undefined, request: 'world' };
      const grant = { role, projects: undefined, stages: undefined };
      return (await issueToken(transaction, { ...grant, name: `${subject} of ${project}`, subject }, by)).row.id;
    });
  const tokens = {
    eve: await token('eve', 'editor'),
    max: await token('max', 'editor'),
    ann: await token('ann', 'approver'),
    bob: await token('bob', 'approver'),
  };
  const as = (subject: keyof typeof tokens, role: Role): Ask => api.as(role, { subject, token: tokens[subject] });
  const eve = as('eve', 'editor');
  return {
    api,
    database,
    project,
    admin: api.ask,
    eve,
    max: as('max', 'editor'),
    ann: as('ann', 'approver'),
    bob: as('bob', 'approver'),
    viewer: api.as('viewer'),
    tokens,
    request: (spec = {}, by = eve) =>
      by('POST', '/change-requests', {
        spec: { projectId: project, featureFlagId: 'checkout', stageId: 'staging', enabled: true, ...spec },
      }),
    async definition(stage = 'staging') {
      const { status, body } = await api.ask('GET', `/projects/${project}/stages/${stage}/feature-flags/checkout`);
      return status === 404 ? { version: '0', spec: {} } : body;
    },
    history: (kind, id, stage) =>
      database.query<HistoryRow & Record<string, unknown>>(
        `select version, actor, action, forced, comment, details from flagwright.audit
         where kind = $1 and id = $2 and project = $3 and ($4::text is null or stage = $4) order by version`,
        [kind, id, project, stage ?? null],
      ),
    async comesDue(id) {
      await database.query(
        `update flagwright.resources
         set spec = jsonb_set(spec::jsonb, '{applyAt}', to_jsonb('2020-01-01T00:00:00.000Z'::text))::json
         where kind = 'ChangeRequest' and id = $1`,
        [id],
      );
    },
  };
}

/** An RFC 3339 time so many ms from now. */
export const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();

export const HOUR = 3_600_000;
