import type { Path } from '@flagwright/core';
import type { ContextSpec, FeatureFlagSpec } from '@flagwright/server/model';
import { applyItems } from '../applying/apply-items.ts';
import { type Item, itemsOf } from '../applying/item.ts';
import { isRefused } from '../changing/hinted.ts';
import { flagsByKey } from '../differing/flags-by-key.ts';
import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Call } from '../grammar/call.ts';
import { compiledSet } from '../local/compiled-set.ts';
import { type LocalSet, pickSet, soundSets } from '../local/local-set.ts';
import { stageDocument } from '../local/stage-document.ts';
import { readDocuments } from '../manifests/documents.ts';
import { formIssues } from '../manifests/form.ts';
import type { FileManifest } from '../manifests/manifest.ts';
import { API_VERSION, isFlagDocument } from '../manifests/manifests.ts';
import type { Kind } from '../nouns/noun.ts';
import { jsonText, outputOf } from '../output/output.ts';
import { manifestYaml } from '../output/yaml.ts';
import { type Session, sessionOf } from '../session/session.ts';
import { attributesOf } from './attributes.ts';
import { type Converted, converted } from './convert.ts';
import { dropDependents } from './drop-dependents.ts';
import { notLinked } from './not-linked.ts';
import { obstacleOf } from './obstacles.ts';
import { otherVersions } from './other-versions.ts';
import { checkOthers } from './others-served.ts';
import { over } from './over.ts';
import { contextsEach, difference } from './same-served.ts';
import { tellLost, tellRefused } from './tell-left-out.ts';

/** `flagctl import`. Resolves to the exit code. */
export async function importFlags(call: Call): Promise<number> {
  const session = await sessionOf(call);
  const set = await documentOf(call);
  const refused = new Map<string, string>();
  const isDry = call.has('dry-run');
  if (!isDry) await checkPlace(session, call);
  const there = isDry ? new Map<string, FeatureFlagSpec>() : await flagsOf(session);
  const flags = convertAll(set, there, refused);
  const attributes = await attributesOf(call, set, isDry ? undefined : session);
  const contexts = attributes.sent;
  // what has not the form that a server wants is found first, for others may require it
  itemsFor(session, set, { flags, contexts }, refused);
  dropDependents(flags, set.document, refused);
  await checkSame(set, flags, attributes.after, refused);
  if (!isDry) await checkOthers(session, set, { flags, there, attributes }, refused);
  const items = itemsFor(session, set, { flags, contexts }, refused);
  tellRefused(call, set, refused);
  tellLost(call, set);
  if (items.length === 0) throw nothing();
  const { world } = call;
  const count = flags.size;
  if (count > 0)
    world.err(
      `What ${count === 1 ? 'one flag serves' : `${count} flags serve`} was compared for some ${contextsEach(count)} contexts each, and is the same.\n`,
    );
  if (isDry) {
    const manifests = items.map(({ sent }) => sent);
    const json = outputOf(call) === 'json';
    await world.out(
      json
        ? jsonText({ apiVersion: API_VERSION, kind: 'List', items: manifests })
        : manifests.map(manifestYaml).join('---\n'),
    );
  }
  const exit = isDry ? EXIT.ok : await applyItems(call, session.api, items);
  return exit === EXIT.ok && refused.size + attributes.refused.length > 0 ? EXIT.invalid : exit;
}

const nothing = (): CommandError => new CommandError(EXIT.invalid, 'there is nothing to import');

/** Throws `ApiError`, `CommandError` if the project is not there, or not linked to the stage: half an import helps nobody. */
async function checkPlace({ api, project, stage }: Session, call: Call): Promise<void> {
  await api.projects.get(project());
  await api
    .links(project())
    .get(stage())
    .catch((thrown: unknown) => {
      throw isRefused(thrown, 'NOT_FOUND') ? notLinked(project(), stage(), call) : thrown;
    });
}

async function documentOf(call: Call): Promise<LocalSet> {
  const files = [...call.args, ...call.texts('filename')];
  const documents = await readDocuments(call.world, files, { recursive: call.has('recursive') });
  if (files.length > 0 && documents.length === 0) throw nothing();
  const other = documents.find(({ value }) => !isFlagDocument(value));
  if (other !== undefined) {
    throw new CommandError(EXIT.invalid, `${other.file} is no flag document`, [
      "Manifests are applied: 'flagctl apply -f <file>'",
    ]);
  }
  return pickSet(await soundSets(documents, {}), {}, files);
}

/** The flags that the project has already. */
async function flagsOf({ api, project }: Session): Promise<ReadonlyMap<string, FeatureFlagSpec>> {
  const found = new Map<string, FeatureFlagSpec>();
  for await (const { id, spec } of api.flags(project()).all({ archived: true })) found.set(id, spec);
  return found;
}

function convertAll(
  set: LocalSet,
  there: ReadonlyMap<string, FeatureFlagSpec>,
  refused: Map<string, string>,
): Map<string, Converted> {
  const { document } = set;
  const flags = new Map<string, Converted>();
  const shared = {
    metadata: document.metadata,
    evaluators: (document.$evaluators ?? {}) as Readonly<Record<string, unknown>>,
  };
  for (const [key, definition] of flagsByKey(document.flags)) {
    try {
      const why = obstacleOf(key, definition, set);
      if (why !== undefined) refused.set(key, why);
      else flags.set(key, over(there.get(key), converted(key, definition, shared)));
    } catch (thrown) {
      refused.set(key, (thrown as Error).message);
    }
  }
  return flags;
}

/** Takes out what would serve something else than it did. */
async function checkSame(
  set: LocalSet,
  flags: Map<string, Converted>,
  contexts: ReadonlyMap<string, ContextSpec>,
  refused: Map<string, string>,
): Promise<void> {
  const { document } = stageDocument({
    flags: new Map([...flags].map(([key, { flag }]) => [key, flag])),
    definitions: new Map([...flags].map(([key, { definition }]) => [key, definition])),
    contexts,
  });
  const { snapshot } = compiledSet({ ...set, document, issues: [] });
  const count = contextsEach(flags.size);
  for (const key of [...flags.keys()]) {
    const found = await difference(key, set.snapshot, snapshot, count);
    const why = found === undefined ? otherVersions(flags.get(key)!.definition, set.document, document) : `it ${found}`;
    if (why === undefined) continue;
    flags.delete(key);
    refused.set(key, why);
  }
  dropDependents(flags, set.document, refused);
}

/** All as it is sent; what has not the form that a server wants is refused. */
function itemsFor(
  session: Session,
  { locate, title }: LocalSet,
  { flags, contexts }: { readonly flags: Map<string, Converted>; readonly contexts: ReadonlyMap<string, ContextSpec> },
  refused: Map<string, string>,
): readonly Item[] {
  const [project, stage] = [session.project(), session.stage()];
  const manifest = (kind: Kind, at: Path, metadata: object, spec: unknown): FileManifest => {
    const own = ([member, ...rest]: Path): Path => (member === 'spec' ? [...at, ...rest] : at);
    const found = (path: Path) => locate(own(path));
    return {
      kind,
      manifest: { apiVersion: API_VERSION, kind, metadata, spec },
      file: locate(at)?.file ?? title,
      locate: found,
    };
  };
  const all = [...contexts].map(([id, spec]) => manifest('Context', ['attributes', id], { id, project }, spec));
  for (const [key, { flag, definition }] of [...flags]) {
    const own = [
      manifest('FeatureFlag', ['flags', key], { id: key, project }, flag),
      manifest('FeatureFlagStage', ['flags', key], { featureFlagId: key, project, stage }, definition),
    ];
    const wrong = own.flatMap(formIssues).find(({ severity }) => severity === 'error');
    if (wrong === undefined) all.push(...own);
    else {
      flags.delete(key);
      refused.set(key, `${wrong.message}${wrong.expected === undefined ? '' : `; expected ${wrong.expected}`}`);
    }
  }
  return itemsOf(all, { useVersion: false });
}
