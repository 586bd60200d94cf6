import { type FlagDocument, isRecord } from '@flagwright/core';
import { targetingOf } from '@flagwright/server/model';
import { checked, fillOf, invalid } from '../applying/gather.ts';
import type { Call } from '../grammar/call.ts';
import { type LocalSet, pickSet, soundSets, wantedBy } from '../local/local-set.ts';
import { type FileDocument, readDocuments } from '../manifests/documents.ts';
import { identityKey, shortName } from '../manifests/identity.ts';
import { isFlagDocument } from '../manifests/manifests.ts';
import { type Templates, templatesOf } from '../manifests/template.ts';
import { type Compared, tellDifferences } from './change.ts';
import type { Served } from './effects.ts';
import { flagsByKey } from './flags-by-key.ts';

/** Compares files with files; resolves to how many things differ. */
export async function diffFiles(call: Call): Promise<number> {
  // nothing comes of it if a text only looks like a template
  const fill: Templates['fill'] = call.has('set') ? templatesOf(call.texts('set')).fill : (text) => text;
  const [before, after] = await Promise.all([read(call, 'filename', fill), read(call, 'with', fill)]);
  const sides = { before: call.texts('filename').join(', '), after: call.texts('with').join(', ') };
  const areManifests = [before, after].map((documents) => documents.every(({ value }) => !isFlagDocument(value)));
  const all =
    areManifests[0] && areManifests[1]
      ? ofManifests(manifestsIn(call, before), manifestsIn(call, after), sides)
      : ofDocuments(await one(call, before, 'filename'), await one(call, after, 'with'), sides);
  return await tellDifferences(call, all, () => served(call, before, after));
}

const read = (call: Call, option: string, prepare: Templates['fill']): Promise<readonly FileDocument[]> =>
  readDocuments(call.world, call.texts(option), { recursive: call.has('recursive'), prepare });

const one = async (call: Call, documents: readonly FileDocument[], option: string): Promise<LocalSet> =>
  pickSet(await soundSets(documents, wantedBy(call)), wantedBy(call), call.texts(option));

type ByKey = ReadonlyMap<string, Pick<Compared, 'name' | 'short'> & { readonly value: unknown }>;

/** Manifests by what they are of, in the form in which they are sent, so that what is the server's own does not count. */
function manifestsIn(call: Call, documents: readonly FileDocument[]): ByKey {
  const { items, issues } = checked(
    documents,
    fillOf(call, { project: call.text('project'), stage: call.text('stage') }),
  );
  const errors = issues.filter(({ severity, code }) => severity === 'error' && code !== 'missing');
  if (errors.length > 0) throw invalid(errors, '');
  return new Map(
    items.map(({ identity, name, sent }) => {
      const { metadata, spec } = sent as { readonly metadata?: object; readonly spec: unknown };
      const value = { apiVersion: sent.apiVersion, kind: sent.kind, metadata, spec: parsed(spec) };
      return [identityKey(identity) ?? name, { name, short: shortName(identity), value }];
    }),
  );
}

/** How targeting is written does not count. */
function parsed(spec: unknown): unknown {
  return isRecord(spec) && 'targeting' in spec ? targetingOf(spec as { targeting: string }).spec : spec;
}

const SECTIONS = ['flags', 'segments', '$evaluators', 'attributes', 'overrides'] as const;

function ofDocuments(before: LocalSet, after: LocalSet, sides: Compared['sides']): readonly Compared[] {
  const whole = SECTIONS.flatMap((section) =>
    ofManifests(entriesOf(before.document, section), entriesOf(after.document, section), sides),
  );
  const rest = (document: FlagDocument): unknown => {
    const members = Object.entries(document).filter(
      ([name]) => !(SECTIONS as readonly string[]).includes(name) && name !== '$schema',
    );
    return members.length === 0 ? undefined : Object.fromEntries(members);
  };
  return [...whole, { name: 'document', before: rest(before.document), after: rest(after.document), sides }];
}

function entriesOf(document: FlagDocument, section: (typeof SECTIONS)[number]): ByKey {
  const found = document[section];
  const entries = section === 'flags' ? flagsByKey(found) : new Map(Object.entries((found ?? {}) as object));
  return new Map(
    [...entries].map(([key, value]) => {
      const shown = section === 'flags' ? parsed(value) : (value as unknown);
      return [key, { name: `${section}.${key}`, value: { [section]: { [key]: shown } } }];
    }),
  );
}

function ofManifests(before: ByKey, after: ByKey, sides: Compared['sides']): readonly Compared[] {
  const keys = [...new Set([...before.keys(), ...after.keys()])];
  return keys.map((key) => {
    const [one, two] = [before.get(key), after.get(key)];
    const { name, short } = (one ?? two)!;
    return { name, short, before: one?.value, after: two?.value, sides };
  });
}

/** What both sides serve, stage by stage. */
async function served(
  call: Call,
  before: readonly FileDocument[],
  after: readonly FileDocument[],
): Promise<readonly Served[]> {
  const [one, two] = [await soundSets(before, wantedBy(call)), await soundSets(after, wantedBy(call))];
  // two single sets are those that are meant, whatever they are called
  const pairs =
    one.length === 1 && two.length === 1
      ? [[one[0], two[0]] as const]
      : [...new Set([...one, ...two].map(({ title }) => title))].map(
          (title) => [one.find((set) => set.title === title), two.find((set) => set.title === title)] as const,
        );
  return pairs.map(([first, second]) => ({
    where: (first ?? second)!.stage,
    before: first?.document,
    after: second?.document,
  }));
}
