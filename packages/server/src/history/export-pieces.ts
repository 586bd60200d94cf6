import type { PrerequisiteDefinition } from '@flagwright/core';
import type { Principal } from '../access/principal.ts';
import type { Sql } from '../database/database.ts';
import { Problem } from '../http/problem.ts';
import { effectiveAttribute, effectiveFlag } from '../publish/effective.ts';
import { metadataOf } from '../resources/manifest.ts';
import { type Kind, keys, type Resource } from '../resources/resource.ts';
import { notFound } from '../resources/save.ts';
import { COLUMNS, find, findAll, resourceOf } from '../resources/table.ts';
import { API_VERSION } from '../schema/definitions.ts';
import type { ContextSpec, FeatureFlagSpec, FeatureFlagStageSpec } from '../schema/resources.generated.ts';
import { leavesFirst } from './leaves-first.ts';

/** How many rows are read at once, so that others have their turn in between. */
const ROWS = 1_000;

/** An export of more characters is refused: it is in memory while it is sent. */
const MOST_CHARACTERS = 2 ** 28;

/** What is not exported, for it could not be applied. */
export interface Omitted {
  readonly kind: Kind;
  readonly metadata: Readonly<Record<string, string>>;
  readonly reason: string;
}

/** The manifests of a project as JSON texts, in an order in which they can be applied one by one. */
export interface Manifests {
  readonly texts: readonly string[];
  readonly omitted: readonly Omitted[];
}

/**
 * All of a project that somebody may see: the project, its links, its context attributes, its flags, and what they do in
 * each stage. What requires other flags comes after them. Throws `Problem`: `NOT_FOUND`, `TOO_LARGE`.
 */
export async function manifestsOf(sql: Sql, project: string, who: Principal, stages: boolean): Promise<Manifests> {
  const own = await find(sql, keys.project(project));
  if (own === undefined) throw notFound(keys.project(project));
  const sees = (stage: string): boolean => who.stages === undefined || who.stages.includes(stage);
  const links = (await findAll(sql, { kind: 'ProjectStage', project })).filter(({ id }) => sees(id));
  const ids = links.map(({ id }) => id);
  const limit = limiter();
  const text = ({ kind, id, spec, ...rest }: Resource): string =>
    limit(JSON.stringify({ apiVersion: API_VERSION, kind, id, metadata: metadataOf({ kind, id, ...rest }), spec }));

  const texts: string[] = [];
  if (stages) for (const stage of await findAll(sql, { kind: 'Stage', id: ids })) texts.push(text(stage));
  texts.push(text(own), ...links.map(text));
  for (const context of await findAll(sql, { kind: 'Context', project })) texts.push(text(context));

  const flags: Piece[] = [];
  const archived = new Set<string>();
  await each<FeatureFlagSpec>(sql, 'FeatureFlag', project, (flag) => {
    if (flag.spec.archived === true) archived.add(flag.id);
    flags.push({ id: flag.id, requires: required(flag.spec.prerequisites), text: text(flag) });
  });
  texts.push(...leavesFirst(flags.sort(byId)).map((flag) => flag.text));

  const omitted: Omitted[] = [];
  const definitions = new Map(ids.map((stage) => [stage, new Map<string, Definition>()]));
  await each<FeatureFlagStageSpec>(sql, 'FeatureFlagStage', project, (definition) => {
    if (!sees(definition.stage)) return;
    const here = definitions.get(definition.stage);
    const reason = archived.has(definition.id) ? 'the flag is archived' : 'the stage is not linked';
    if (here === undefined || archived.has(definition.id)) {
      omitted.push({ kind: 'FeatureFlagStage', metadata: metadataOf(definition), reason });
      return;
    }
    const { prerequisites } = definition.spec;
    const requires = prerequisites === undefined ? undefined : required(prerequisites);
    here.set(definition.id, { requires, text: text(definition) });
  });
  for (const here of definitions.values()) texts.push(...definitionsInOrder(flags, here));
  return { texts, omitted };
}

/** A flag document of what a stage serves, as the entries of its `flags` and `attributes` in JSON. */
export async function documentOf(
  sql: Sql,
  project: string,
  stage: string,
): Promise<{ readonly flags: readonly string[]; readonly attributes: readonly string[] }> {
  const limit = limiter();
  const entry = (key: string, value: unknown): string => limit(`${JSON.stringify(key)}:${JSON.stringify(value)}`);
  const definitions = new Map<string, FeatureFlagStageSpec>();
  await each<FeatureFlagStageSpec>(sql, 'FeatureFlagStage', project, ({ id, spec, stage: there }) => {
    if (there === stage) definitions.set(id, spec);
  });
  const flags: Piece[] = [];
  await each<FeatureFlagSpec>(sql, 'FeatureFlag', project, ({ id, spec }) => {
    if (spec.archived === true) return;
    flags.push({ id, requires: [], text: entry(id, effectiveFlag(spec, definitions.get(id))) });
  });
  const contexts = await findAll<ContextSpec>(sql, { kind: 'Context', project });
  return {
    flags: flags.sort(byId).map(({ text }) => text),
    attributes: contexts.map(({ id, spec }) => entry(id, effectiveAttribute(spec))),
  };
}

interface Piece {
  readonly id: string;
  readonly requires: readonly string[];
  readonly text: string;
}

interface Definition {
  /** Undefined: what the flag says. */
  readonly requires: readonly string[] | undefined;
  readonly text: string;
}

/**
 * The definitions of one stage, so that no prerequisite is in a circle at any time while they are applied: each after
 * those of the flags it requires there, over flags that have none of their own, too.
 */
function definitionsInOrder(flags: readonly Piece[], definitions: ReadonlyMap<string, Definition>): readonly string[] {
  const nodes = flags.map(({ id, requires }) => ({ id, requires: definitions.get(id)?.requires ?? requires }));
  return leavesFirst(nodes).flatMap(({ id }) => definitions.get(id)?.text ?? []);
}

const required = (prerequisites: readonly PrerequisiteDefinition[] | undefined): readonly string[] =>
  (prerequisites ?? []).map(({ key }) => key);

// ids are ASCII, so this is the order of their bytes
const byId = (a: Piece, b: Piece): number => (a.id < b.id ? -1 : 1);

/** Visits all resources of a kind in a project. */
async function each<Spec>(
  sql: Sql,
  kind: Kind,
  project: string,
  visit: (resource: Resource<Spec>) => void,
): Promise<void> {
  let last = { id: '', stage: '' };
  for (;;) {
    const rows = await sql.query(
      `select ${COLUMNS} from flagwright.resources
       where kind = $1 and project = $2 and (id, stage) > ($3, $4) order by id, stage limit ${ROWS}`,
      [kind, project, last.id, last.stage],
    );
    for (const row of rows) {
      const resource = resourceOf<Spec, unknown>(row);
      last = resource;
      visit(resource);
    }
    if (rows.length < ROWS) return;
  }
}

function limiter(): (text: string) => string {
  let characters = 0;
  return (text) => {
    characters += text.length;
    if (characters <= MOST_CHARACTERS) return text;
    throw new Problem('TOO_LARGE', `the export is too large; expected at most ${MOST_CHARACTERS} characters`, {
      hint: 'read the resources page by page',
    });
  };
}
