import type { ApiError, Resource } from '@flagwright/server/client';
import { isRefused } from '../changing/hinted.ts';
import { asArguments, type Target } from '../changing/target.ts';
import { paintedDiff } from '../differing/paint.ts';
import { unified } from '../differing/unified.ts';
import { CommandError, EXIT } from '../errors/command-error.ts';
import { toldOfApi } from '../errors/tell-api.ts';
import type { Call } from '../grammar/call.ts';
import { identityWords } from '../manifests/identity.ts';
import { shellWord } from '../output/shell-word.ts';
import { styleOf } from '../output/style.ts';
import type { KeptFile } from './kept-file.ts';
import { type Subject, textOf } from './subject.ts';

/** That somebody else was faster, and how to go on from there; what they have done is shown. */
export async function conflict(call: Call, subject: Subject, error: ApiError, file: KeptFile): Promise<CommandError> {
  const theirs = await subject.fetch().catch((thrown: unknown) => (isRefused(thrown, 'NOT_FOUND') ? null : undefined));
  const keptIn = `What was edited is kept in ${file.path}`;
  if (theirs === null) {
    const words = `${identityWords(subject.identity)} was deleted while it was edited`;
    return new CommandError(EXIT.conflict, words, [
      keptIn,
      `To make it anew: flagctl create -f ${shellWord(file.path)}`,
    ]);
  }
  if (theirs !== undefined) tellTheirs(call, subject, theirs);
  const again = `Edit it again: flagctl edit ${asArguments(targetOf(subject))}`;
  const { message, hints } = toldOfApi(error);
  if (subject.resource === undefined) {
    return new CommandError(EXIT.conflict, message, ['It was made while it was edited', keptIn, again]);
  }
  const version = theirs === undefined ? 'the one that is there' : JSON.stringify(theirs.version);
  return new CommandError(EXIT.conflict, message, [
    ...hints,
    keptIn,
    again,
    `Or put what they have changed in the file, make its version ${version}, and save it: ${applyOf(file)}`,
  ]);
}

/** What somebody else has changed meanwhile. */
function tellTheirs(call: Call, { resource, manifest }: Subject, theirs: Resource<unknown>): void {
  const { apiVersion, kind, metadata, spec } = theirs;
  const diff = unified(
    resource === undefined ? '' : textOf(manifest, 'yaml'),
    textOf({ apiVersion, kind, metadata, spec }, 'yaml'),
    { before: resource === undefined ? 'none' : `version ${resource.version}`, after: `version ${theirs.version}` },
  );
  call.world.err(paintedDiff(styleOf(call, 'err'), diff));
}

const applyOf = (file: KeptFile): string => `flagctl apply -f ${shellWord(file.path)} --use-version`;

/** Where an edit is kept that was not saved, and how to save it: never over what others have done meanwhile. */
export const keptHint = (file: KeptFile, { resource }: Subject): readonly string[] => [
  `What was edited is kept in ${file.path}`,
  `Save it by '${resource === undefined ? `flagctl create -f ${shellWord(file.path)}` : applyOf(file)}'`,
];

function targetOf({ identity: { kind, id = '', project = '', stage = '' } }: Subject): Target {
  return kind === 'ChangeRequest' ? { kind, id, project: '', stage: '' } : { kind, id, project, stage };
}
