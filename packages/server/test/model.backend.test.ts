import { type AttributeDefinition, type FlagDefinition, validate } from '@flagwright/core';
import { expect, it } from 'vitest';
import { type Answer, good } from './api.ts';
import { ENGINES } from './database/engines.ts';
import { apiWithHistory } from './history/world.ts';
import { type Op, operations, STAGES } from './model/operations.ts';

/**
 * What must hold whatever was asked for, and in whatever order: operations at random, and after each batch of them the
 * tables against what the history, replayed, says there is.
 */
const SEED = 10;
const BATCHES = 12;
const BATCH = 32;

type Json = Readonly<Record<string, unknown>>;

/** A row of the history. */
interface Entry {
  readonly version: string;
  readonly at: Date;
  readonly kind: string;
  readonly project: string;
  readonly stage: string;
  readonly id: string;
  readonly before: { readonly spec: Json } | null;
  readonly after: { readonly spec: Json } | null;
}

it.each(ENGINES)('random operations leave nothing wrong on $name', { timeout: 120_000 }, async ({ open }) => {
  const opened = await open();
  const query = opened.database.query;
  try {
    const api = apiWithHistory(opened.database);
    const next = operations(SEED);
    const counts = new Map<string, number>();
    for (let batch = 0; batch < BATCHES; batch++) {
      for (let i = 0; i < BATCH; i++) await step(next(), batch === 0 && i < 10);
      const state = await replayed();
      await compareResources(state);
      await comparePublished(state);
      checkValid(state);
      await writeAgain(state);
    }
    // else the operations are of no use
    expect(counts.get('written')).toBeGreaterThan(100);
    for (const code of ['INVALID_SPEC', 'VERSION_CONFLICT', 'IN_USE']) expect(counts.get(code)).toBeGreaterThan(2);

    async function step({ method, path, body, headers, dryRun, learn }: Op, first: boolean): Promise<void> {
      const before = dryRun ? await newest() : undefined;
      const answer = await api.ask(method, path, body, headers);
      const { status } = answer;
      const told = `${method} ${path} ${JSON.stringify(body)}: ${status} ${JSON.stringify(answer.body)}`;
      expect(status, told).toBeLessThan(500);
      if (first) expect(status, told).toBeLessThan(300);
      const what = status < 300 ? 'written' : String(answer.body.code);
      counts.set(what, (counts.get(what) ?? 0) + 1);
      if (dryRun) expect(await newest(), told).toBe(before);
      else if (status < 300) await remembered(answer, told);
      const asked = (body as { readonly spec?: { readonly variants?: object } } | undefined)?.spec?.variants;
      if (status < 300 && method === 'PUT' && asked !== undefined) {
        expect(Object.keys(answer.body.spec.variants), told).toEqual(Object.keys(asked));
      }
      if (status < 300 && !dryRun) learn(answer.body);
    }

    /** What was answered is in the history: by its version, once. */
    async function remembered({ body }: Answer, told: string): Promise<void> {
      const rows = await query<Entry & Json>('select * from flagwright.audit where version = $1::bigint', [
        body.version,
      ]);
      expect(rows, told).toHaveLength(1);
      if (body.result !== 'deleted') expect(rows[0]!.after?.spec, told).toEqual(body.spec);
      else expect(rows[0]!.after, told).toBeNull();
    }

    async function newest(): Promise<unknown> {
      const [row] = await query('select max(version)::text as version, count(*)::int as count from flagwright.audit');
      return JSON.stringify(row);
    }

    /** What is there by the history, whose every entry begins where the one before it ended. */
    async function replayed(): Promise<ReadonlyMap<string, Entry>> {
      const state = new Map<string, Entry>();
      let last: Entry | undefined;
      for (const entry of await query<Entry & Json>('select * from flagwright.audit order by version')) {
        const told = JSON.stringify(entry);
        const name = nameOf(entry);
        expect(entry.before, told).toEqual(state.get(name)?.after ?? null);
        expect(JSON.stringify(entry.before), told).not.toBe(JSON.stringify(entry.after));
        if (last !== undefined) expect(entry.at.getTime(), told).toBeGreaterThanOrEqual(last.at.getTime());
        if (entry.after === null) state.delete(name);
        else state.set(name, entry);
        last = entry;
      }
      return state;
    }

    async function compareResources(state: ReadonlyMap<string, Entry>): Promise<void> {
      const rows = await query<Entry & Json>('select * from flagwright.resources');
      const there = new Map(rows.map((row) => [nameOf(row), row]));
      expect([...there.keys()].sort()).toEqual([...state.keys()].sort());
      for (const [name, { version, after }] of state) {
        const row = there.get(name)!;
        expect([name, row.version, JSON.stringify(row.spec)]).toEqual([name, version, JSON.stringify(after!.spec)]);
      }
    }

    /** What flags are in a stage under their definitions there, and the attributes; of all that the history says there is. */
    function setOf(state: ReadonlyMap<string, Entry>, project: string, stage: string): Wanted {
      const flags = new Map<string, FlagDefinition>();
      const attributes: Record<string, AttributeDefinition> = {};
      for (const { kind, project: of, id, after } of state.values()) {
        if (of !== project) continue;
        const { archived, type, enabled = false, ...rest } = after!.spec;
        if (kind === 'Context') attributes[id] = { ...rest, type: TYPES[String(type)] } as AttributeDefinition;
        if (kind !== 'FeatureFlag' || archived === true) continue;
        const own = state.get(nameOf({ kind: 'FeatureFlagStage', project, stage, id }))?.after?.spec;
        flags.set(id, { ...rest, enabled, type: TYPES[String(type)], ...own } as FlagDefinition);
      }
      return { flags, attributes };
    }

    /** Every set is what flags are in its stage; what is not linked has none. */
    async function comparePublished(state: ReadonlyMap<string, Entry>): Promise<void> {
      const rows = await query<{ readonly [column: string]: unknown }>(
        'select project, stage, kind, key, definition from public.feature_flags',
      );
      const there = new Map(
        rows.map((row) => [JSON.stringify([row.project, row.stage, row.kind, row.key]), row.definition]),
      );
      const wanted = new Map<string, unknown>();
      for (const { kind, project, id: stage } of state.values()) {
        if (kind !== 'ProjectStage') continue;
        const { flags, attributes } = setOf(state, project, stage);
        for (const [id, flag] of flags) wanted.set(JSON.stringify([project, stage, 'flag', id]), asPublished(flag));
        for (const [id, attribute] of Object.entries(attributes)) {
          wanted.set(JSON.stringify([project, stage, 'attribute', id]), attribute);
        }
      }
      expect([...there.keys()].sort()).toEqual([...wanted.keys()].sort());
      for (const [name, value] of wanted) expect([name, there.get(name)]).toEqual([name, value]);
    }

    /** What is served is valid, and what would be if a definition went, or a stage was linked. */
    function checkValid(state: ReadonlyMap<string, Entry>): void {
      for (const { kind, project, stage, id } of state.values()) {
        const there =
          kind !== 'FeatureFlagStage' || state.has(nameOf({ kind: 'Stage', project: '', stage: '', id: stage }));
        expect(there, `${kind} ${project} ${stage} ${id}`).toBe(true);
        if (kind !== 'Project') continue;
        for (const view of ['', ...STAGES]) {
          const errors = validate(setOf(state, id, view)).filter(({ severity }) => severity === 'error');
          expect([id, view, errors]).toEqual([id, view, []]);
        }
      }
    }

    /** What is there can be written so again, which changes nothing; switched off; and have another variant. */
    async function writeAgain(state: ReadonlyMap<string, Entry>): Promise<void> {
      const before = await newest();
      for (const { kind, project, stage, id, after } of state.values()) {
        const { spec } = after!;
        const flag = state.get(nameOf({ kind: 'FeatureFlag', project, stage: '', id }))?.after?.spec;
        const linked = state.has(nameOf({ kind: 'ProjectStage', project, stage: '', id: stage }));
        const ask = async (method: string, path: string, next: unknown): Promise<string> =>
          (await good(api.ask(method, path, { spec: next }))).body.result;
        if (kind === 'FeatureFlag') {
          const path = `/projects/${project}/feature-flags/${id}`;
          expect(await ask('PUT', path, spec), path).toBe('unchanged');
          if (spec.type !== 'STRING') continue;
          const variants = { ...(spec.variants as object), more: 'more' };
          expect(await ask('PUT', `${path}?dryRun=true&force=true`, { ...spec, variants }), path).toBe('updated');
        } else if (kind === 'FeatureFlagStage' && linked && flag?.archived !== true) {
          const path = `/projects/${project}/stages/${stage}/feature-flags/${id}`;
          expect(await ask('PUT', path, spec), path).toBe('unchanged');
          await ask('PATCH', `${path}?dryRun=true&force=true`, { enabled: false });
        }
      }
      expect(await newest()).toBe(before);
    }
  } finally {
    await opened.end();
  }
});

/** A set of flags as it should be. */
interface Wanted {
  readonly flags: ReadonlyMap<string, FlagDefinition>;
  readonly attributes: Readonly<Record<string, AttributeDefinition>>;
}

const TYPES: Readonly<Record<string, string>> = {
  BOOLEAN: 'boolean',
  STRING: 'string',
  INTEGER: 'integer',
  VERSION: 'version',
};

const nameOf = ({ kind, project, stage, id }: Pick<Entry, 'kind' | 'project' | 'stage' | 'id'>): string =>
  [kind, project, stage, id].join(' ');

/** The table keeps no order of members, so variants are a list in it. */
const asPublished = ({ variants, ...flag }: FlagDefinition): object => ({
  ...flag,
  ...(variants === undefined ? {} : { variants: Object.entries(variants).map(([name, value]) => ({ name, value })) }),
});
