import { type Issue, isRecord, oneOf, preview } from '@flagwright/core';
import { demand, type Place } from '../access/principal.ts';
import { agreedId } from '../changes/agreed-id.ts';
import { createRequest, replaceRequest } from '../changes/write-request.ts';
import type { Transaction } from '../database/database.ts';
import { checkParameter } from '../http/path-parameters.ts';
import { Problem } from '../http/problem.ts';
import { type Check, shapes } from '../http/shape.ts';
import { metadataOf } from '../resources/manifest.ts';
import { newKey } from '../resources/new-key.ts';
import { CONTEXTS, DEFINITIONS, FLAGS, LINKS, type Offer, PROJECTS, STAGES } from '../resources/operations.ts';
import type { Key, Kind } from '../resources/resource.ts';
import { type Asking, authorOf, saveWithin, type WriteBody } from '../resources/save.ts';
import { manifestSchema, DEFINITIONS as SCHEMAS } from '../schema/definitions.ts';
import { TEMPLATES } from '../templates/template-operations.ts';

/** What came of writing one manifest. */
export interface Done {
  readonly result: 'created' | 'updated' | 'unchanged';
  readonly id: string;
  readonly version: string;
  readonly warnings: readonly Issue[];
  /** The spec that was there, if one was. */
  readonly before: unknown;
  readonly after: unknown;
}

/** A manifest that is to be written. */
export interface Plan {
  readonly kind: Kind;
  /** Empty: it gets one when it is written. */
  readonly id: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Of the resource, where that is known before it is written. */
  readonly key: Key | undefined;
  /** Throws `Problem`, and what statements throw. */
  write(transaction: Transaction, asking: Asking): Promise<Done>;
}

/** A manifest of the shape of its schema. */
interface Sent extends WriteBody {
  readonly metadata?: Readonly<Partial<Record<'project' | 'stage', string>>>;
}

/** How manifests of a kind are written. Throws `Problem` for one that is none. */
type Planner = (manifest: Readonly<Record<string, unknown>>, comment: string | undefined) => Plan;

const PLANNERS: ReadonlyMap<string, Planner> = new Map<string, Planner>([
  ['Project', plannerOf(PROJECTS)],
  ['Stage', plannerOf(STAGES)],
  ['ProjectStage', plannerOf(LINKS)],
  ['Context', plannerOf(CONTEXTS)],
  ['Template', plannerOf(TEMPLATES)],
  ['FeatureFlag', plannerOf(FLAGS)],
  ['FeatureFlagStage', plannerOf(DEFINITIONS)],
  ['ChangeRequest', planOfRequest],
]);

/** How a manifest is written; `comment` is for one that has none. Throws `Problem` if it is none of a known kind. */
export function planOf(manifest: Readonly<Record<string, unknown>>, comment: string | undefined): Plan {
  const { kind } = manifest;
  const planner = typeof kind === 'string' ? PLANNERS.get(kind) : undefined;
  if (planner !== undefined) return planner(manifest, comment);
  const found = kind === undefined ? 'the manifest has no kind' : `the kind is ${preview(kind)}`;
  throw new Problem('INVALID_ARGUMENT', `${found}; expected ${oneOf([...PLANNERS.keys()])}`);
}

/** What a manifest calls itself, be it one or not. */
export function nameOf(manifest: Readonly<Record<string, unknown>>): Pick<Plan, 'id' | 'metadata'> & { kind: string } {
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  const { metadata } = manifest;
  const names = isRecord(metadata)
    ? Object.entries(metadata).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
    : [];
  const said = new Map(names);
  const own = manifest.kind === 'FeatureFlagStage' ? said.get('featureFlagId') : said.get('stage');
  const id = said.get('id') ?? (text(manifest.id) || own);
  return { kind: text(manifest.kind), id: id ?? '', metadata: Object.fromEntries(names) };
}

let compile: ReturnType<typeof shapes> | undefined;

/** Compiled when it is first asked for: servers start without. */
function checkOf(kind: Kind): Check {
  let check: Check | undefined;
  return (manifest) => {
    compile ??= shapes(SCHEMAS);
    check ??= compile(manifestSchema(kind));
    check(manifest);
  };
}

function plannerOf<Spec>({ rules, write }: Offer<Spec>): Planner {
  const { kind } = rules;
  const check = checkOf(kind);
  return (manifest, comment) => {
    check(manifest);
    // of the shape of the schema, as was checked
    const sent = manifest as unknown as Sent;
    const key = keyOf(kind, sent);
    return {
      kind,
      id: key.id,
      metadata: metadataOf(key),
      key,
      async write(transaction, asking) {
        demand(asking.who, write, placeOf(key));
        const body = { ...sent, comment: sent.comment ?? comment };
        const saving = { ...asking, body, mode: 'replace', expected: sent.version } as const;
        const { result, resource, before, warnings } = await saveWithin(transaction, rules, saving, key);
        if (result === 'deleted') throw new Problem('INTERNAL', 'what was written was deleted');
        return { result, id: key.id, version: resource.version, warnings, before: before?.spec, after: resource.spec };
      },
    };
  };
}

const checkRequest = checkOf('ChangeRequest');

function planOfRequest(manifest: Readonly<Record<string, unknown>>, comment: string | undefined): Plan {
  checkRequest(manifest);
  const { spec: given, version: expected, comment: own } = manifest as unknown as Sent;
  const id = agreedId(manifest, undefined);
  return {
    kind: 'ChangeRequest',
    id: id ?? '',
    metadata: id === undefined ? {} : { id },
    key: undefined,
    async write(transaction, asking) {
      const { who } = asking;
      demand(who, 'read', {});
      const writer = { who, by: authorOf(asking), comment: own ?? comment };
      const { result, request, before, warnings } =
        id === undefined
          ? await createRequest(transaction, given, undefined, writer)
          : await replaceRequest(transaction, { id, given, expected }, writer);
      return { result, id: request.id, version: request.version, warnings, before: before?.spec, after: request.spec };
    },
  };
}

/** The parts of the address that a kind has beside the id. */
const PARENTS: Partial<Readonly<Record<Kind, readonly ('project' | 'stage')[]>>> = {
  ProjectStage: ['project'],
  FeatureFlag: ['project'],
  FeatureFlagStage: ['project', 'stage'],
  Context: ['project'],
};

function keyOf(kind: Kind, sent: Sent): Key {
  const params: Record<string, string> = {};
  for (const name of PARENTS[kind] ?? []) {
    const id = sent.metadata?.[name];
    if (id === undefined) throw new Problem('INVALID_ARGUMENT', `metadata.${name} is missing; expected an id`);
    checkParameter(name, id);
    params[name] = id;
  }
  return newKey(kind, { params, body: sent });
}

/** Where it takes a right to write it: as the address says, if it is written alone. */
function placeOf({ kind, project, stage, id }: Key): Place {
  switch (kind) {
    case 'Project':
      return { project: id };
    case 'Stage':
      return { stage: id };
    case 'ProjectStage':
      return { project, stage: id };
    case 'FeatureFlagStage':
      return { project, stage };
    case 'Template':
      return {};
    default:
      return { project };
  }
}
