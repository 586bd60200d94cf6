import type { Sql } from '../database/database.ts';
import { allRequiring } from '../publish/requires.ts';
import { type Key, type Kind, keys, type Resource } from '../resources/resource.ts';
import { COLUMNS, resourceOf } from '../resources/table.ts';
import type { Alike, Requiring } from '../resources/view.ts';
import type { FeatureFlagSpec } from '../schema/resources.generated.ts';

/** Resources as they are in a transaction, read together where that can be foreseen, and else when they are asked for. */
export interface Known {
  /** Reads what it takes to write these. */
  prepare(all: readonly Key[]): Promise<void>;
  find(key: Key): Promise<Resource | undefined>;
  /** Undefined of what is not kept here. */
  findAll(alike: Alike): Promise<readonly Resource[] | undefined>;
  requiring(project: string): Promise<readonly Requiring[]>;
  /** A resource as it is from now on; answers how to take that back. */
  put(resource: Resource): () => void;
  /** All is to be read again. */
  forget(): void;
}

/** All that is known of a part of the table: what is not in it is not there. */
interface Part {
  readonly resources: Map<string, Resource>;
  /** By their ids. */
  sorted: readonly Resource[] | undefined;
}

interface Requirings {
  readonly rows: Map<string, Requiring>;
  list: readonly Requiring[] | undefined;
}

/** Kinds of which projects have few, and all are asked for again and again. */
const OF_PROJECT: readonly Kind[] = ['ProjectStage', 'Context'];
const OF_FLAG: readonly Kind[] = ['FeatureFlag', 'FeatureFlagStage'];

/** The part of the table that a resource is in: those of its kind in its project, or of its id. */
const partOf = ({ kind, project, id }: Pick<Key, 'kind' | 'project' | 'id'>): string =>
  OF_PROJECT.includes(kind) ? `${kind} ${project}` : `${kind} ${project} ${id}`;

const placeOf = ({ id, stage }: Pick<Key, 'id' | 'stage'>): string => `${id} ${stage}`;

const byName = (one: Resource, other: Resource): number => (placeOf(one) < placeOf(other) ? -1 : 1);

/** What a transaction knows; `sql` must see all that it has written. */
export function knownResources(sql: Sql): Known {
  const parts = new Map<string, Part>();
  const requirings = new Map<string, Requirings>();

  async function load(kinds: readonly Kind[], project: string, ids: readonly string[] | undefined): Promise<void> {
    const rows = await sql.query(
      `select ${COLUMNS} from flagwright.resources
       where kind = any($1) and project = $2${ids === undefined ? '' : ' and id = any($3)'}`,
      [kinds, project, ...(ids === undefined ? [] : [ids])],
    );
    for (const kind of kinds) {
      for (const id of ids ?? [''])
        parts.set(partOf({ kind, project, id }), { resources: new Map(), sorted: undefined });
    }
    for (const row of rows) {
      const resource = resourceOf<unknown, unknown>(row);
      parts.get(partOf(resource))!.resources.set(placeOf(resource), resource);
    }
  }

  /** Reads the parts of some resources of a project that are not known yet. */
  async function want(kind: Kind, project: string, ids: readonly string[]): Promise<void> {
    if (OF_PROJECT.includes(kind)) {
      if (!parts.has(partOf({ kind, project, id: '' }))) await load(OF_PROJECT, project, undefined);
      return;
    }
    const unknown = ids.filter((id) => !parts.has(partOf({ kind, project, id })));
    if (unknown.length > 0) await load(OF_FLAG.includes(kind) ? OF_FLAG : [kind], project, [...new Set(unknown)]);
  }

  async function wantRequiring(project: string): Promise<Requirings> {
    const known = requirings.get(project);
    if (known !== undefined) return known;
    const rows = await allRequiring(sql, project);
    const fresh: Requirings = { rows: new Map(rows.map((row) => [placeOf(row), row])), list: undefined };
    requirings.set(project, fresh);
    return fresh;
  }

  /** Notes what a flag or a stage definition requires from now on; answers how to take that back. */
  function require({ kind, project, id, stage, spec }: Resource): () => void {
    const known = requirings.get(project);
    if (known === undefined || !(kind === 'FeatureFlag' || kind === 'FeatureFlagStage')) return () => undefined;
    const place = placeOf({ id, stage });
    const before = known.rows.get(place);
    const wanted = (spec as FeatureFlagSpec).prerequisites;
    if (before === undefined && wanted === undefined) return () => undefined;
    const set = (row: Requiring | undefined): void => {
      if (row === undefined) known.rows.delete(place);
      else known.rows.set(place, row);
      known.list = undefined;
    };
    set(wanted === undefined ? undefined : { kind, id, stage, wanted });
    return () => set(before);
  }

  return {
    async prepare(all) {
      const groups = new Map<string, { readonly kind: Kind; readonly project: string; readonly ids: Set<string> }>();
      const group = ({ kind, project, id }: Key): void => {
        const one = OF_FLAG.includes(kind) ? 'FeatureFlag' : kind;
        const name = `${one} ${project}`;
        const known = groups.get(name) ?? { kind: one, project, ids: new Set() };
        groups.set(name, known);
        known.ids.add(id);
      };
      for (const key of all) {
        group(key);
        if (key.project !== '') group(keys.project(key.project));
      }
      for (const { kind, project, ids } of groups.values()) {
        await want(kind, project, [...ids]);
        if (kind !== 'FeatureFlag') continue;
        await want('ProjectStage', project, []);
        await wantRequiring(project);
      }
    },
    async find(key) {
      await want(key.kind, key.project, [key.id]);
      return parts.get(partOf(key))?.resources.get(placeOf(key));
    },
    async findAll({ kind, project, stage, id }) {
      if (project === undefined) return undefined;
      if (OF_PROJECT.includes(kind) && stage === undefined && id === undefined) {
        await want(kind, project, []);
        const part = parts.get(partOf({ kind, project, id: '' }))!;
        part.sorted ??= [...part.resources.values()].sort(byName);
        return part.sorted;
      }
      if (!OF_FLAG.includes(kind) || id === undefined) return undefined;
      const ids = typeof id === 'string' ? [id] : [...new Set(id)];
      await want(kind, project, ids);
      return ids
        .flatMap((one) => [...parts.get(partOf({ kind, project, id: one }))!.resources.values()])
        .filter((resource) => stage === undefined || resource.stage === stage)
        .sort(byName);
    },
    async requiring(project) {
      const known = await wantRequiring(project);
      known.list ??= [...known.rows.values()];
      return known.list;
    },
    put(resource) {
      const part = parts.get(partOf(resource));
      const undo = require(resource);
      if (part === undefined) return undo;
      const place = placeOf(resource);
      const before = part.resources.get(place);
      const set = (one: Resource | undefined): void => {
        if (one === undefined) part.resources.delete(place);
        else part.resources.set(place, one);
        part.sorted = undefined;
      };
      set(resource);
      return () => {
        set(before);
        undo();
      };
    },
    forget() {
      parts.clear();
      requirings.clear();
    },
  };
}
