import type { ApiError, Resource } from '@flagwright/server/client';
import { isRefused } from '../changing/hinted.ts';
import { asArguments } from '../changing/target.ts';
import { paintedDiff } from '../differing/paint.ts';
import { unified } from '../differing/unified.ts';
import { CommandError, EXIT } from '../errors/command-error.ts';
import { toldOfApi } from '../errors/tell-api.ts';
import { identityWords } from '../manifests/identity.ts';
import { commandLine } from '../output/command-line.ts';
import { shellWord } from '../output/shell-word.ts';
import { styleOf } from '../output/style.ts';
import { type Keeping, savedBy } from './keeping.ts';
import { type Subject, targetOf, textOf } from './subject.ts';

/** That somebody else was faster, and how to go on from there; what they have done is shown. */
export async function conflict(keeping: Keeping, error: ApiError): Promise<CommandError> {
  const { call, subject, file, where } = keeping;
  const theirs = await subject.fetch().catch((thrown: unknown) => (isRefused(thrown, 'NOT_FOUND') ? null : undefined));
  if (theirs === null) {
    const words = `${identityWords(subject.identity)} was deleted while it was edited`;
    return new CommandError(EXIT.conflict, words, [
      ...where,
      `To make it anew: ${commandLine(call, `create -f ${shellWord(file.path)}`)}`,
    ]);
  }
  if (theirs !== undefined) tellTheirs(call, subject, theirs);
  const again = `Edit it again: ${commandLine(call, `edit ${asArguments(targetOf(subject))}`)}`;
  const { message, hints } = toldOfApi(error, call);
  if (subject.resource === undefined) {
    return new CommandError(EXIT.conflict, message, ['It was made while it was edited', ...where, again]);
  }
  const version = theirs === undefined ? 'the one that is there' : JSON.stringify(theirs.version);
  return new CommandError(EXIT.conflict, message, [
    ...hints,
    ...where,
    again,
    `Or put what they have changed in the file, make its version ${version}, and save it: ${savedBy(keeping)}`,
  ]);
}

/** What somebody else has changed meanwhile. */
function tellTheirs(call: Keeping['call'], { resource, manifest }: Subject, theirs: Resource<unknown>): void {
  const { apiVersion, kind, metadata, spec } = theirs;
  const diff = unified(
    resource === undefined ? '' : textOf(manifest, 'yaml'),
    textOf({ apiVersion, kind, metadata, spec }, 'yaml'),
    { before: resource === undefined ? 'none' : `version ${resource.version}`, after: `version ${theirs.version}` },
  );
  call.world.err(paintedDiff(styleOf(call, 'err'), diff));
}
