import { demand, type Principal } from '../access/principal.ts';
import type { Database } from '../database/database.ts';
import type { Operation } from '../http/operation.ts';
import type { Field, Fields } from '../query/field.ts';
import { type Condition, filterOf } from '../query/filter.ts';
import { orderOf } from '../query/order.ts';
import { pageOf } from '../query/page.ts';
import { LIST_PARAMETERS } from '../resources/parameters.ts';
import { BASE } from '../schema/definitions.ts';
import { shownAuditEntry } from './entry.ts';
import { readEntries } from './read.ts';
import { AUDIT } from './schemas.ts';

const text = (sql: string): Field => ({ sql, type: 'text' });

/** The stage that an entry is about: a link's is its id. NULL where it is about none. */
const STAGE = "case kind when 'ProjectStage' then id else nullif(stage, '') end";

const FIELDS: Fields = new Map<string, Field>([
  ['kind', text('kind')],
  ['project', text("nullif(project, '')")],
  ['stage', text(`(${STAGE})`)],
  ['id', text('id')],
  ['actor', text('actor')],
  ['token', text('token')],
  ['action', text('action')],
  ['at', { sql: 'at', type: 'time' }],
  ['forced', { sql: 'forced', type: 'boolean' }],
  ['requestId', text('request')],
  ['comment', text('comment')],
  ['version', { sql: 'version', type: 'version' }],
]);

/** All that was done, the newest first: of the whole server for its admins, of a project for all who may read it. */
export function auditOperation(database: Database): Operation {
  return {
    id: 'listAudit',
    method: 'GET',
    path: `${BASE}/audit`,
    tag: 'Audit',
    summary: 'Lists what was done, the newest first',
    description: 'Of the whole server for its admins; of one project for all who may read it.',
    access: 'own',
    query: {
      project: { description: 'Only what was done in a project.', schema: { type: 'string', maxLength: 63 } },
      ...LIST_PARAMETERS,
    },
    answers: { 200: { description: 'A page of changes.', schema: AUDIT } },
    async handle({ who, query }) {
      const project = query.project as string | undefined;
      if (project === undefined) demand(who, 'administer', {});
      else demand(who, 'read', { project });
      const page = pageOf(query as { page?: number; pageSize?: number });
      const order = orderOf(query.sort as string | undefined, FIELDS, ['version desc']);
      const within = seen(who, project);
      const filter = filterOf((query.filter as string | undefined) ?? '', FIELDS, within.values.length + 1);
      const condition = { sql: `${within.sql} and ${filter.sql}`, values: [...within.values, ...filter.values] };
      const { entries, total } = await readEntries(database, condition, order, page);
      const items = entries.map(shownAuditEntry);
      return { body: { items, totalCount: total, page: page.page, pageSize: page.pageSize } };
    },
  };
}

/** The entries of a project that somebody may see: a token for some stages sees no others. */
function seen({ stages }: Principal, project: string | undefined): Condition {
  if (project === undefined) return { sql: 'true', values: [] };
  const own = `(project = $1 or (kind = 'Project' and project = '' and stage = '' and id = $1))`;
  if (stages === undefined) return { sql: own, values: [project] };
  return { sql: `${own} and coalesce((${STAGE}) = any($2), true)`, values: [project, [...stages]] };
}
