import type { FlagDocument } from '@flagwright/core';
import { documentToYaml } from '@flagwright/core/text';
import { CommandError, EXIT } from '../errors/command-error.ts';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { nounOf } from '../nouns/noun.ts';
import { jsonText, outputOf } from '../output/output.ts';
import { safe } from '../output/safe.ts';
import { styleOf } from '../output/style.ts';
import { manifestYaml } from '../output/yaml.ts';
import { type Session, sessionOf } from '../session/session.ts';
import { exportFiles } from './export-files.ts';
import type { Exported } from './exported.ts';
import { notLinked } from './not-linked.ts';

/** `flagctl export`. Resolves to the exit code. */
export async function exportProject(call: Call): Promise<number> {
  const session = await sessionOf(call);
  const directory = call.text('output-dir');
  if (call.text('format') === 'document') {
    if (directory !== undefined) throw new UsageError('--output-dir goes with --format manifests');
    if (call.has('include-stages')) throw new UsageError('--include-stages goes with --format manifests');
    await exportDocument(call, session);
    return 0;
  }
  const manifests = await manifestsOfServer(call, session);
  await tellUnseen(call, session);
  if (directory !== undefined) {
    await exportFiles(call, directory, manifests);
    return 0;
  }
  const output = outputOf(call);
  const { world } = call;
  if (output === 'json')
    await world.out(jsonText({ apiVersion: manifests[0]?.apiVersion, kind: 'List', items: manifests }));
  else if (output === 'name') await world.out(manifests.map((one) => `${nameOf(one)}\n`).join(''));
  else await world.out(manifests.map(manifestYaml).join('---\n'));
  return 0;
}

async function exportDocument(call: Call, session: Session): Promise<void> {
  const document = (await session.api.ask('GET', pathOf(session), {
    query: { format: 'document', stage: session.stage() },
  })) as FlagDocument;
  const { attributes } = document;
  const plain = attributes === undefined || Object.keys(attributes).length > 0 ? document : { flags: document.flags };
  await call.world.out(outputOf(call) === 'json' ? jsonText(plain) : documentToYaml(plain as FlagDocument));
}

async function manifestsOfServer(call: Call, session: Session): Promise<readonly Exported[]> {
  const { items, omitted = [] } = (await session.api.ask('GET', pathOf(session), {
    query: { includeStages: call.has('include-stages') || undefined },
  })) as {
    readonly items: readonly Exported[];
    readonly omitted?: readonly (Pick<Exported, 'kind' | 'metadata'> & { readonly reason: string })[];
  };
  if (!Array.isArray(items) || !items.some(({ kind }) => kind === 'Project')) {
    throw new CommandError(EXIT.failed, 'something that is not Flagwright has answered: an export without the project');
  }
  const style = styleOf(call, 'err');
  for (const one of omitted) {
    call.world.err(`${style.yellow('Warning')}: ${safe(`${nameOf(one)} is left out: ${one.reason}`)}\n`);
  }
  // a context that has a stage does not make half a backup of it
  const stage = call.texts('stage').length > 0 ? call.text('stage') : undefined;
  if (stage !== undefined && !items.some(({ kind, metadata }) => kind === 'ProjectStage' && metadata.stage === stage)) {
    throw notLinked(session.project(), stage, call);
  }
  return items
    .filter(
      ({ kind, metadata }) =>
        stage === undefined || stageOf(kind, metadata) === undefined || stageOf(kind, metadata) === stage,
    )
    .map(({ apiVersion, kind, metadata, spec }) => ({ apiVersion, kind, metadata, spec }));
}

/** Says that stages are left out that the token is not for; of one that was asked for, that one is all. */
async function tellUnseen(call: Call, { api }: Session): Promise<void> {
  if (call.texts('stage').length > 0) return;
  const { stages } = (await api.ask('GET', '/whoami')) as { readonly stages?: readonly string[] | null };
  if (!Array.isArray(stages)) return;
  const words = `this is no backup of all stages: the token is for ${stages.join(', ')} only, and links and stage definitions of others are left out`;
  call.world.err(`${styleOf(call, 'err').yellow('Warning')}: ${safe(words)}\n`);
}

const pathOf = (session: Session): string => `/projects/${encodeURIComponent(session.project())}/export`;

const stageOf = (kind: string, { id, stage }: Exported['metadata']): string | undefined =>
  kind === 'Stage' ? id : stage;

/** `feature-flag/new-checkout`. */
export function nameOf({ kind, metadata }: Pick<Exported, 'kind' | 'metadata'>): string {
  const { id, featureFlagId, stage } = metadata;
  const name = `${nounOf(kind)?.name ?? kind}/${featureFlagId ?? id ?? stage}`;
  return kind === 'FeatureFlagStage' ? `${name} in ${stage}` : name;
}
