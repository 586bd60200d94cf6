import type { ApiError } from '@flagwright/server/client';
import { changedMembers } from '../changing/changed-members.ts';
import { protectedHints } from '../changing/protected-hints.ts';
import { EXIT } from '../errors/command-error.ts';
import type { Told } from '../errors/told.ts';
import type { Call } from '../grammar/call.ts';
import { commandLine } from '../output/command-line.ts';
import { shellWord } from '../output/shell-word.ts';
import type { KeptFile } from './kept-file.ts';
import { type Subject, targetOf } from './subject.ts';

/** An edit that could not be saved, in its file. */
export interface Keeping {
  readonly call: Call;
  readonly subject: Subject;
  readonly file: KeptFile;
  /** Where it is, as hints. */
  readonly where: readonly string[];
}

/** Writes what is to be kept into the file; where that cannot be, the file keeps what the editor has left in it. */
export async function keep(call: Call, subject: Subject, file: KeptFile, text: string): Promise<Keeping> {
  const keptIn = `What was edited is kept in ${file.path}`;
  try {
    await file.write(text);
    return { call, subject, file, where: [keptIn] };
  } catch (thrown) {
    const { version } = subject.resource ?? {};
    return {
      call,
      subject,
      file,
      where: [
        `${keptIn}, as the editor has left it: ${(thrown as Error).message}`,
        ...(version === undefined ? [] : [`It was made from version ${version}: add version: "${version}" to it`]),
      ],
    };
  }
}

/** The command that saves it: never over what others have done meanwhile. */
export function savedBy({ call, subject: { resource }, file }: Keeping): string {
  const path = shellWord(file.path);
  return commandLine(call, resource === undefined ? `create -f ${path}` : `apply -f ${path} --use-version`);
}

/** What to do about an edit that is not valid. */
export const invalidHints = (keeping: Keeping): readonly string[] => [
  ...keeping.where,
  `Correct it there, and save it by '${savedBy(keeping)}'`,
];

/** What to do about an edit that was refused, or of which it is not known: what would be refused again helps nobody. */
export function refusedHints(
  keeping: Keeping,
  { exit, hints }: Told,
  error: ApiError,
  spec: unknown,
): readonly string[] {
  const { call, subject, where } = keeping;
  if (error.code === 'PROTECTED') {
    const changes = changedMembers(subject.resource?.spec, spec);
    return [...protectedHints(call, targetOf(subject), changes, error.members.stages), ...where];
  }
  const save = `save it by '${savedBy(keeping)}'`;
  switch (exit) {
    case EXIT.forbidden:
      return [...hints, ...where, `Whoever may do that can ${save}`];
    case EXIT.conflict:
    case EXIT.notFound:
      return [...hints, ...where, `Then ${save}`];
    default:
      return [...hints, ...where, `S${save.slice(1)}`];
  }
}
