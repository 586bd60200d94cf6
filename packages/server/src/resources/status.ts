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

/** In which linked stages flags are enabled; `null` where a flag has no stage definition. */
async function activity(
  sql: Sql,
  resources: readonly Resource[],
  { stages: visible }: Principal,
): Promise<ReadonlyMap<Resource, Status>> {
  const projects = [...new Set(resources.map(({ project }) => project))];
  const rows = await sql.query<{
    readonly project: string;
    readonly stage: string;
    readonly id: string | null;
    readonly enabled: boolean | null;
  }>(
    `select l.project, l.id as stage, d.id, (d.spec ->> 'enabled')::boolean as enabled
     from flagwright.resources l left join flagwright.resources d
       on d.kind = 'FeatureFlagStage' and d.project = l.project and d.stage = l.id and d.id = any($2)
     where l.kind = 'ProjectStage' and l.project = any($1) and ($3::text[] is null or l.id = any($3)) order by l.id`,
    [projects, resources.map(({ id }) => id), visible ?? null],
  );
  const stages = new Map<string, Map<string, Map<string, boolean | null>>>();
  for (const { project, stage, id, enabled } of rows) {
    const linked = stages.get(project) ?? new Map<string, Map<string, boolean | null>>();
    stages.set(project, linked);
    const flags = linked.get(stage) ?? new Map<string, boolean | null>();
    linked.set(stage, flags);
    if (id !== null) flags.set(id, enabled);
  }
  return new Map(
    resources.map((resource) => {
      const linked = stages.get(resource.project) ?? new Map<string, Map<string, boolean | null>>();
      const own = (resource.spec as { readonly enabled?: boolean }).enabled ?? false;
      const shown = [...linked].map(([stage, flags]) => {
        const defined = flags.has(resource.id);
        return [
          stage,
          defined ? { defined, enabled: flags.get(resource.id) ?? own } : { defined, enabled: own },
        ] as const;
      });
      const active = shown.filter(([, { enabled }]) => enabled).length;
      return [resource, { stagesActive: active, stagesLinked: shown.length, stages: Object.fromEntries(shown) }];
    }),
  );
}
