import { isRecord, type JsonValue, jsonEqual } from '@flagwright/core';
import type { Database, Transaction } from '../database/database.ts';
import { Problem } from '../http/problem.ts';
import type { ManifestChange, ManifestFlag, ManifestFlags, ManifestType, Writer } from '../manifest/manifest-flags.ts';
import { flagRules } from '../resources/flag-rules.ts';
import { type Key, keys, named, type Resource } from '../resources/resource.ts';
import type { Scene } from '../resources/rules.ts';
import { notFound, saveNext } from '../resources/save.ts';
import { find, findAll } from '../resources/table.ts';
import { checkSpec } from '../schema/check.ts';
import type { FeatureFlagSpec } from '../schema/resources.generated.ts';

const TYPES: Readonly<Record<ManifestType, FeatureFlagSpec['type']>> = {
  boolean: 'BOOLEAN',
  string: 'STRING',
  integer: 'INTEGER',
  float: 'NUMBER',
  object: 'OBJECT',
};

const SHOWN: Readonly<Record<FeatureFlagSpec['type'], { readonly type: ManifestType; readonly none: JsonValue }>> = {
  BOOLEAN: { type: 'boolean', none: false },
  STRING: { type: 'string', none: '' },
  INTEGER: { type: 'integer', none: 0 },
  NUMBER: { type: 'float', none: 0 },
  OBJECT: { type: 'object', none: {} },
};

/** The variant that is made for a value that no other one has. */
const DEFAULT = 'default';

/** The flags of the control plane, as the OpenFeature CLI knows them: a flag's default value is that of its default variant. */
export function manifestFlags(database: Database): ManifestFlags {
  const write = <T>(
    project: string,
    key: string,
    { who, requestId }: Writer,
    work: (scene: Scene<FeatureFlagSpec>, transaction: Transaction) => Promise<T>,
  ): Promise<T> =>
    database.write(async (transaction) => {
      const place = keys.flag(project, key);
      const before = await find<FeatureFlagSpec>(transaction, place);
      const by = { subject: who.subject, token: who.token, request: requestId };
      return work({ transaction, key: place, before, who, by, force: false, comment: undefined }, transaction);
    });
  const save = async (scene: Scene<FeatureFlagSpec>, spec: unknown): Promise<Resource<FeatureFlagSpec>> => {
    const next = flagRules.normal(checkSpec<FeatureFlagSpec>('FeatureFlag', spec), scene.key);
    return (await saveNext(scene.transaction, flagRules, scene, next)).resource;
  };
  return {
    async list(project) {
      if ((await find(database, keys.project(project))) === undefined) throw notFound(keys.project(project));
      const flags = await findAll<FeatureFlagSpec>(database, { kind: 'FeatureFlag', project });
      return flags.filter(({ spec }) => spec.archived !== true).map(manifestOf);
    },
    create: (project, flag, writer) =>
      write(project, flag.key, writer, async (scene) => {
        if (scene.before !== undefined) throw new Problem('ALREADY_EXISTS', `${named(scene.key)} exists already`);
        const { name, description, type, defaultValue } = flag;
        const variants = type === 'boolean' ? { on: true, off: false } : { [DEFAULT]: defaultValue };
        const defaultVariant = type === 'boolean' ? (defaultValue === true ? 'on' : 'off') : DEFAULT;
        const spec = { ...said({ name, description }), type: TYPES[type], variants, defaultVariant };
        return storedOf(await save(scene, spec));
      }),
    replace: (project, flag, writer) =>
      write(project, flag.key, writer, async (scene) => {
        const { spec } = existing(scene.before, scene.key);
        if (SHOWN[spec.type].type !== flag.type) {
          throw new Problem('CONFLICT', `${named(scene.key)} is of type ${SHOWN[spec.type].type}, not ${flag.type}`, {
            hint: 'the type of a flag does not change: make another flag',
          });
        }
        return storedOf(await save(scene, changed(spec, flag)));
      }),
    archive: (project, key, writer) =>
      write(project, key, writer, async (scene) => {
        const { spec } = existing(scene.before, scene.key);
        return (await save(scene, { ...spec, archived: true })).modifiedAt;
      }),
  };
}

function existing(flag: Resource<FeatureFlagSpec> | undefined, key: Key): Resource<FeatureFlagSpec> {
  if (flag === undefined) throw notFound(key);
  if (flag.spec.archived === true) throw new Problem('CONFLICT', `${named(key)} is archived`);
  return flag;
}

/** A spec with what a manifest says of it. */
function changed(spec: FeatureFlagSpec, { name, description, defaultValue }: ManifestChange): unknown {
  const { description: _, ...rest } = spec;
  const kept = description === null ? rest : spec;
  return {
    ...kept,
    ...said({ name, description: description ?? undefined }),
    ...(defaultValue === undefined ? {} : defaultOf(spec, defaultValue)),
  };
}

/** The default variant for a value: one that has it, else `default`, which is given it. */
function defaultOf(spec: FeatureFlagSpec, value: JsonValue): Pick<FeatureFlagSpec, 'variants' | 'defaultVariant'> {
  const variants = variantsOf(spec);
  const same = variants.find(([, other]) => jsonEqual(other, value));
  if (same !== undefined) return { defaultVariant: same[0] };
  const others = variants.filter(([name]) => name !== DEFAULT);
  return { variants: Object.fromEntries([...others, [DEFAULT, value]]), defaultVariant: DEFAULT };
}

function variantsOf({ variants, type }: FeatureFlagSpec): readonly (readonly [string, unknown])[] {
  if (Array.isArray(variants))
    return variants.map(({ name, value }: { name: string; value: unknown }) => [name, value]);
  if (isRecord(variants)) return Object.entries(variants);
  return type === 'BOOLEAN'
    ? [
        ['off', false],
        ['on', true],
      ]
    : [];
}

function manifestOf({ id, spec }: Resource<FeatureFlagSpec>): ManifestFlag {
  const { type, none } = SHOWN[spec.type];
  const value = variantsOf(spec).find(([name]) => name === spec.defaultVariant)?.[1];
  return {
    key: id,
    type,
    ...said({ name: spec.name, description: spec.description }),
    defaultValue: value === undefined ? none : (value as JsonValue),
  };
}

function storedOf(flag: Resource<FeatureFlagSpec>): { readonly flag: ManifestFlag; readonly updatedAt: Date } {
  return { flag: manifestOf(flag), updatedAt: flag.modifiedAt };
}

const said = <T extends object>(members: T): Partial<T> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<T>;
