import { compile, type FlagDefinition, formatIssue, type Issue, type Snapshot, suggest } from '@flagwright/core';
import { CommandError, EXIT } from '../errors/command-error.ts';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { shellWord } from '../output/shell-word.ts';
import { checkNamedContexts } from '../session/named-context.ts';
import { edited, isEdited } from './edit.ts';
import { type Reason, reasonsOf } from './reasons.ts';

/** A set of flags with the flag in it, or without. */
export interface Side {
  readonly snapshot: Snapshot;
  readonly definition: FlagDefinition | undefined;
}

/** What is compared. */
export interface Sides {
  readonly key: string;
  /** Of the set: a file, or a project and a stage. */
  readonly title: string;
  readonly now: Side;
  /** Undefined: nothing is changed, and only what is now is told. */
  readonly after: Side | undefined;
  /** What the change is, in a few words. */
  readonly change: string | undefined;
  /** What else differs that the flag depends on. */
  readonly reasons: readonly Reason[];
  /** The files of flags that were read, those within folders, too. */
  readonly files: readonly string[];
}

/** The flag as it is and as it would be. Throws `CommandError` where it cannot be used. */
export async function sidesOf(call: Call): Promise<Sides> {
  const files = call.texts('filename');
  const afterFiles = call.texts('after');
  const edits = isEdited(call);
  if (edits && afterFiles.length > 0) {
    throw new UsageError('--after and options that change the flag do not go together', ['Edit the file of --after']);
  }
  if (!edits && call.has('rule')) throw new UsageError('--rule goes with --weights or --percentage');
  await checkNamedContexts(call, { isOther: () => false, fileHint: (file) => `--contexts ${shellWord(file)}` });
  const { title, snapshot, files: read } = files.length > 0 ? await ofFiles(call, files) : await ofServer(call);
  const after = afterFiles.length > 0 ? await ofFiles(call, afterFiles) : undefined;
  const key = keyOf(call, after === undefined ? [snapshot] : [snapshot, after.snapshot]);
  const now = sideOf(snapshot, key, title);
  if (after !== undefined) {
    return {
      key,
      title,
      now,
      after: sideOf(after.snapshot, key, after.title),
      change: afterFiles.join(', '),
      reasons: reasonsOf(key, snapshot, after.snapshot),
      files: [...read, ...after.files],
    };
  }
  const only = { key, title, now, reasons: [], files: read };
  if (!edits) return { ...only, after: undefined, change: undefined };
  const definition = await edited(call, now.definition!);
  return { ...only, after: sideOf(withFlag(snapshot, key, definition), key, 'the change'), change: 'the change' };
}

interface Found {
  readonly title: string;
  readonly snapshot: Snapshot;
  readonly files: readonly string[];
}

async function ofFiles(call: Call, named: readonly string[]): Promise<Found> {
  const [{ pickSet, soundSets, wantedBy, warnOfPlace }, { readDocuments }] = await Promise.all([
    import('../local/local-set.ts'),
    import('../manifests/documents.ts'),
  ]);
  const documents = await readDocuments(call.world, named, { recursive: call.has('recursive') });
  const set = pickSet(await soundSets(documents, wantedBy(call)), wantedBy(call), named);
  warnOfPlace(call, [set]);
  return { title: set.title, snapshot: set.snapshot, files: documents.map(({ file }) => file) };
}

async function ofServer(call: Call): Promise<Found> {
  const [{ sessionOf }, { stageFlags }] = await Promise.all([
    import('../session/session.ts'),
    import('../session/stage-flags.ts'),
  ]);
  const session = await sessionOf(call);
  const [project, stage] = [session.project(), session.stage()];
  const document = await stageFlags(session.api, project, stage);
  const title = `${project}/${stage}`;
  return { title, snapshot: compile({ document, revision: title }), files: [] };
}

/** The flag that is named; else the only one there is. */
function keyOf(call: Call, snapshots: readonly Snapshot[]): string {
  const keys = new Set(snapshots.flatMap(({ flags }) => [...flags.keys()]));
  const [named] = call.args;
  if (named === undefined) {
    const [only] = keys;
    if (only !== undefined && keys.size === 1) return only;
    throw new UsageError(`${call.path.join(' ')}: the flag is missing`, [
      keys.size === 0
        ? 'There are no flags'
        : `There are ${keys.size} flags: ${[...keys].slice(0, 10).join(', ')}${keys.size > 10 ? ', …' : ''}`,
    ]);
  }
  if (keys.has(named)) return named;
  const near = suggest(named, keys);
  throw new CommandError(EXIT.notFound, `there is no flag ${JSON.stringify(named)}`, [
    ...(near === undefined ? [] : [`Did you mean ${JSON.stringify(near)}?`]),
    ...(keys.size === 0 ? ['There are no flags at all'] : []),
  ]);
}

function sideOf(snapshot: Snapshot, key: string, where: string): Side {
  const flag = snapshot.flags.get(key);
  const wrong = (flag?.issues ?? []).filter(({ severity }) => severity === 'error');
  if (flag !== undefined && (flag.definition === undefined || wrong.length > 0) && flag.override === undefined) {
    const told: readonly Issue[] = wrong.slice(0, 10);
    throw new CommandError(
      EXIT.invalid,
      `${where}: the flag ${JSON.stringify(key)} cannot be used`,
      told.map(formatIssue),
    );
  }
  return { snapshot, definition: flag?.definition };
}

/** The same set with another definition of one flag. */
function withFlag(snapshot: Snapshot, key: string, definition: FlagDefinition): Snapshot {
  const { document } = snapshot;
  const { flags = {} } = document;
  const entries: Iterable<readonly [string, FlagDefinition]> = Array.isArray(flags)
    ? (flags as readonly FlagDefinition[]).map((flag) => [flag.key ?? '', flag] as const)
    : flags instanceof Map || typeof (flags as { entries?: unknown }).entries === 'function'
      ? (flags as ReadonlyMap<string, FlagDefinition>)
      : Object.entries(flags as Readonly<Record<string, FlagDefinition>>);
  const changed = new Map(entries).set(key, definition);
  return compile({ document: { ...document, flags: changed }, revision: 'change' }, snapshot);
}
