import type { Principal } from '../access/principal.ts';
import type { Sql } from '../database/database.ts';
import type { Kind, Resource } from './resource.ts';

type Status = Readonly<Record<string, unknown>>;

/**
 * What is worked out of others for the resources of a page: how many stages, and where a flag is active. Whoever is for
 * some projects or stages is told of these, and these are counted.
 */
export async function statuses(
  sql: Sql,
  kind: Kind,
  resources: readonly Resource[],
  who: Principal,
): Promise<ReadonlyMap<Resource, Status>> {
  if (resources.length === 0) return new Map();
  switch (kind) {
    case 'Project':
      return counts(sql, resources, 'project', 'stages', who);
    case 'Stage':
      return counts(sql, resources, 'id', 'projects', who);
    case 'FeatureFlag':
      return activity(sql, resources, who);
    default:
      return new Map();
  }
}

async function counts(
  sql: Sql,
  resources: readonly Resource[],
  column: 'project' | 'id',
  name: string,
  { projects, stages }: Principal,
): Promise<ReadonlyMap<Resource, Status>> {
  const rows = await sql.query<{ readonly one: string; readonly count: string }>(
    `select ${column} as one, count(*)::text as count from flagwright.resources
     where kind = 'ProjectStage' and ${column} = any($1)
       and ($2::text[] is null or project = any($2)) and ($3::text[] is null or id = any($3)) group by ${column}`,
    [resources.map(({ id }) => id), projects ?? null, stages ?? null],
  );
  const count = new Map(rows.map((row) => [row.one, Number(row.count)]));
  return new Map(resources.map((resource) => [resource, { [name]: count.get(resource.id) ?? 0 }]));
}

/** In which linked stages flags are enabled, and whether a stage definition says so. */
async function activity(
  sql: Sql,
  resources: readonly Resource[],
  { stages: visible }: Principal,
): Promise<ReadonlyMap<Resource, Status>> {
  const projects = [...new Set(resources.map(({ project }) => project))];
  const links = await sql.query<{ readonly project: string; readonly stage: string }>(
    `select project, id as stage from flagwright.resources
     where kind = 'ProjectStage' and project = any($1) and ($2::text[] is null or id = any($2)) order by id`,
    [projects, visible ?? null],
  );
  // a join would be planned without knowing how many definitions there are, and read them all
  const definitions = await sql.query<{
    readonly project: string;
    readonly stage: string;
    readonly id: string;
    readonly enabled: boolean | null;
  }>(
    `select project, stage, id, (spec ->> 'enabled')::boolean as enabled from flagwright.resources
     where kind = 'FeatureFlagStage' and project = any($1) and id = any($2)`,
    [projects, resources.map(({ id }) => id)],
  );
  const place = (...names: readonly string[]): string => names.join('/');
  const said = new Map(definitions.map(({ project, stage, id, enabled }) => [place(project, stage, id), enabled]));
  const linked = new Map<string, string[]>();
  for (const { project, stage } of links) linked.set(project, [...(linked.get(project) ?? []), stage]);
  return new Map(
    resources.map((resource) => {
      const { project, id, spec } = resource;
      const own = (spec as { readonly enabled?: boolean }).enabled ?? false;
      const shown = (linked.get(project) ?? []).map((stage) => {
        const enabled = said.get(place(project, stage, id));
        return [stage, { defined: enabled !== undefined, enabled: enabled ?? own }] as const;
      });
      const active = shown.filter(([, { enabled }]) => enabled).length;
      return [resource, { stagesActive: active, stagesLinked: shown.length, stages: Object.fromEntries(shown) }];
    }),
  );
}
