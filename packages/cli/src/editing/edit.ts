import { jsonEqual } from '@flagwright/core';
import type { ApiError, Saved } from '@flagwright/server/client';
import type { Item } from '../applying/item.ts';
import { tellDifference } from '../changing/tell-difference.ts';
import { CommandError, EXIT } from '../errors/command-error.ts';
import { toldOf } from '../errors/tell.ts';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { identityWords } from '../manifests/identity.ts';
import { oneLine } from '../output/one-line.ts';
import { safe } from '../output/safe.ts';
import { tellSaved } from '../output/saved.ts';
import { styleOf } from '../output/style.ts';
import { sessionOf } from '../session/session.ts';
import { conflict } from './conflict.ts';
import { hasEditor, openEditor } from './editor.ts';
import { invalidHints, keep, refusedHints } from './keeping.ts';
import { type KeptFile, keptFile } from './kept-file.ts';
import { keptText } from './kept-text.ts';
import { type Subject, subjectOf, textOf } from './subject.ts';
import { bodyOf, type Fault, faultsOf, readEdited, withHead } from './text.ts';

const OTHERWISE = "Change it by 'flagctl patch', or 'flagctl apply -f <file>'";

const CANCELLED = 'Edit cancelled, no changes made.\n';

/** `flagctl edit`. Resolves to the exit code. */
export async function edit(call: Call): Promise<number> {
  if (call.has('plain')) {
    throw new UsageError('edit opens an editor, which --plain rules out', [OTHERWISE]);
  }
  if (!hasEditor(call.world)) {
    throw new UsageError(
      'edit opens an editor, and there is neither a terminal for one nor a variable that names one',
      ["Set EDITOR to one, as EDITOR='code --wait'", OTHERWISE],
    );
  }
  const session = await sessionOf(call);
  const subject = await subjectOf(call, session);
  const format = call.text('format') ?? 'yaml';
  const file = await keptFile(call.world.env, `${subject.identity.id}.${format}`);
  const outcome = await rounds(call, subject, file, format);
  await file.remove();
  if (outcome === undefined) await call.world.out(CANCELLED);
  else {
    await tellSaved(call, outcome);
    await tellDifference(call, outcome, subject.resource?.spec);
  }
  return EXIT.ok;
}

/** Opens the editor until what comes of it can be saved; undefined if nothing was changed. The file is there if it throws, if it has anything to keep. */
async function rounds(
  call: Call,
  subject: Subject,
  file: KeptFile,
  format: string,
): Promise<Saved<unknown> | undefined> {
  const head = headOf(subject);
  const original = textOf(subject.manifest, format);
  let body = original;
  let faults: readonly Fault[] = [];
  for (;;) {
    await opened(file, withHead(body, head, faults), faults.length > 0);
    const edited = await editedIn(call, file, original);
    const read = readEdited(edited, file.path, subject.identity);
    if (read.kind === 'empty' || edited === original) return undefined;
    if (read.kind === 'good' && jsonEqual(comparable(read.item), comparable(subject))) return undefined;
    const item = read.kind === 'good' ? read.item : undefined;
    const kept = keptText({ body: edited, item, version: subject.resource?.version, format });
    if (read.kind === 'good') for (const doubt of read.doubts) warn(call, doubt);
    const now = read.kind === 'bad' ? read.faults : await saved(call, { subject, item: read.item, file, kept });
    if (!Array.isArray(now)) return now as Saved<unknown>;
    const isSame = faults.length > 0 && edited === body;
    if (isSame || !call.world.terminal.in) {
      const lines = (now as readonly Fault[]).map(({ line, column, message }) =>
        line === undefined ? message : `${file.path}:${line}:${column}: ${message}`,
      );
      // so that the lines are those of the file
      const keeping = await keep(call, subject, file, kept);
      throw new CommandError(
        EXIT.invalid,
        `the edit of ${identityWords(subject.identity)} is not valid, and was not saved`,
        [...lines, ...invalidHints(keeping)],
      );
    }
    faults = now as readonly Fault[];
    body = edited;
  }
}

/** Writes what the editor is to show. Throws `CommandError` if that cannot be, with the file named if it has an edit. */
async function opened(file: KeptFile, text: string, isEdited: boolean): Promise<void> {
  try {
    await file.write(text);
  } catch (thrown) {
    if (!isEdited) {
      await file.remove();
      throw thrown;
    }
    const { exit, message, hints } = await toldOf(thrown);
    throw new CommandError(exit, message, [...hints, `What was edited is kept in ${file.path}`]);
  }
}

const comparable = ({ manifest }: { readonly manifest: unknown }): unknown => {
  const own = manifest as { readonly manifest?: Readonly<Record<string, unknown>> } & Readonly<Record<string, unknown>>;
  const { spec } = own.manifest ?? own;
  return spec;
};

const warn = (call: Call, words: string): void =>
  call.world.err(`${styleOf(call, 'err').yellow('Warning')}: ${safe(words)}\n`);

/** What the file holds after the editor has ended. */
async function editedIn(call: Call, file: KeptFile, original: string): Promise<string> {
  try {
    await openEditor(call.world, file.path);
  } catch (thrown) {
    const { exit, message, hints } = await toldOf(thrown, call);
    const body = await file.read().then(bodyOf, () => undefined);
    if (body === original || body?.trim() === '') {
      await file.remove();
      throw thrown;
    }
    throw new CommandError(exit, message, [...hints, `What was edited is kept in ${file.path}`]);
  }
  return bodyOf(await file.read());
}

interface Saving {
  readonly subject: Subject;
  readonly item: Item;
  readonly file: KeptFile;
  /** What the file is to hold if it cannot be saved. */
  readonly kept: string;
}

/** What was saved, or what the server has against it. Throws what an edit cannot change, with the file named. */
async function saved(call: Call, { subject, item, file, kept }: Saving): Promise<Saved<unknown> | readonly Fault[]> {
  const comment = call.text('comment');
  const body = comment === undefined ? item.sent : { ...item.sent, comment };
  try {
    return await subject.save(body, {
      force: call.has('force') || undefined,
      dryRun: call.has('dry-run') || undefined,
    });
  } catch (thrown) {
    const { name, status, code } = thrown as Error & Partial<ApiError>;
    const error = thrown as ApiError;
    if (name === 'ApiError' && (status === 422 || code === 'INVALID_ARGUMENT')) {
      const { message, hint, issues } = error;
      if (issues.length > 0) return faultsOf(issues, item);
      return [
        { line: undefined, column: undefined, message: hint === undefined ? message : `${message}. Hint: ${hint}` },
      ];
    }
    const keeping = await keep(call, subject, file, kept);
    if (name === 'ApiError' && (code === 'VERSION_CONFLICT' || code === 'ALREADY_EXISTS')) {
      throw await conflict(keeping, error);
    }
    const told = await toldOf(thrown, call);
    throw new CommandError(told.exit, told.message, refusedHints(keeping, told, error, item.sent.spec));
  }
}

function headOf({ identity, resource }: Subject): readonly string[] {
  const since =
    resource === undefined
      ? ' is none yet: it is made when you save.'
      : `, version ${resource.version}, last changed ${resource.modificationInfo.lastModifiedTime} by ${resource.modificationInfo.lastModifiedBy}.`;
  return [
    `# The ${safe(oneLine(`${identityWords(identity)}${since}`))}`,
    '# Save the file and leave the editor to change it. To cancel, change nothing, or delete all of it.',
    '# These lines at the top are ignored.',
  ];
}
