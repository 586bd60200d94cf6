import { readdir, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import type { Issue, Path, Place } from '@flagwright/core';
import { type ParsedText, parseText } from '@flagwright/core/text';
import { CommandError, EXIT } from '../errors/command-error.ts';
import { UsageError } from '../errors/usage-error.ts';
import { fileWithin, MOST_BYTES } from '../files/bounded.ts';
import { eachOnce } from '../files/each-once.ts';
import { intoTexts } from '../local/text-places.ts';
import type { World } from '../world.ts';
import { splitDocuments } from './split.ts';

/** A document of a file: one of several in YAML. */
export interface FileDocument {
  /** As it was named; `<stdin>` for `-`. */
  readonly file: string;
  /** What it says, without a guess at what it is. */
  readonly value: unknown;
  /** Where the value at a path stands, within a text that holds JSON, too; for a path that leads nowhere, its nearest ancestor. */
  readonly locate: (path: Path) => Place | undefined;
  /** What is doubtful of the text itself. */
  readonly issues: readonly Issue[];
}

export interface ReadOptions {
  /** Folders within folders, too. */
  readonly recursive?: boolean;
  /** Called with the text of each file before it is parsed, as to fill in a template. */
  readonly prepare?: (text: string, file: string) => string;
}

/**
 * All documents of files, folders (`*.yaml`, `*.yml`, `*.json`, by name) and `-`, the standard input; those that hold
 * nothing left out. Throws `CommandError` for a file that cannot be read, `FlagError` for one that is no YAML or JSON.
 */
export async function readDocuments(
  world: World,
  files: readonly string[],
  options: ReadOptions = {},
): Promise<readonly FileDocument[]> {
  const documents: FileDocument[] = [];
  for (const { file, text } of await readTexts(world, files, options.recursive === true)) {
    documents.push(...documentsOf(options.prepare?.(text, file) ?? text, file));
  }
  return documents;
}

/** The documents of a text. Throws `FlagError` if it is no YAML or JSON. */
export function documentsOf(text: string, file: string): readonly FileDocument[] {
  return splitDocuments(text, file).flatMap(({ text: part, line }) => {
    const { document, locate: outer, issues } = parsedAt(part, line, file);
    const locate = intoTexts(document, part, outer);
    if (issues.some(({ code }) => code === 'empty-document')) return [];
    const moved = (place: Place | undefined): Place | undefined =>
      place === undefined ? undefined : { ...place, line: place.line + line };
    return [
      {
        file,
        value: document,
        locate: (path: Path) => moved(locate(path)),
        issues: issues.map((issue) => ({
          ...issue,
          ...(issue.place === undefined ? {} : { place: moved(issue.place)! }),
        })),
      },
    ];
  });
}

function parsedAt(part: string, line: number, file: string): ParsedText {
  try {
    return parseText(part, { file });
  } catch (thrown) {
    // once more with the lines before it, so that what is told is where it is in the file
    if (line > 0) parseText(`${'\n'.repeat(line)}${part}`, { file });
    throw thrown;
  }
}

/** A file as it was read. */
export interface FileText {
  readonly file: string;
  readonly text: string;
}

/** The texts of files, folders and `-`, each file once. Throws `CommandError`, `UsageError` for an empty name. */
export async function readTexts(
  world: World,
  files: readonly string[],
  recursive: boolean,
): Promise<readonly FileText[]> {
  const texts: FileText[] = [];
  for (const file of files) {
    // it would be the working folder, and comes of a variable that is not set
    if (file === '') throw new UsageError('the name of a file is empty; expected a file');
    if (file === '-') {
      texts.push({ file: '<stdin>', text: await world.input() });
      continue;
    }
    const path = resolve(world.cwd, file);
    const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
      throw unreadable(file, error);
    });
    if (!found.isDirectory()) texts.push({ file, text: await readOne(path, file) });
    else texts.push(...(await readFolder(path, file, recursive)));
  }
  // globs overlap, and a folder has what is named beside it
  return await eachOnce(world, texts, (one) => one.file);
}

/** The text of the one file, or of `-`, that an option names. Throws `CommandError`, `UsageError` if it is not one file. */
export async function readText(world: World, file: string, option: string): Promise<FileText> {
  const [first, ...others] = file === '' ? [] : await readTexts(world, [file], false);
  if (first !== undefined && others.length === 0) return first;
  throw new UsageError(`${option} is ${JSON.stringify(`@${file}`)}; expected @ and the name of one file`);
}

async function readFolder(path: string, folder: string, recursive: boolean): Promise<readonly FileText[]> {
  const entries = await readdir(path, { recursive, withFileTypes: true });
  const own = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(path, join(entry.parentPath, entry.name)))
    .filter((name) => /\.(?:ya?ml|json)$/i.test(name) && !/(?:^|[\\/])\./.test(name))
    .sort();
  if (own.length === 0) {
    throw new CommandError(EXIT.notFound, `there are no *.yaml, *.yml or *.json files in the folder ${folder}`, [
      ...(recursive ? [] : ['Folders within it are read with --recursive']),
    ]);
  }
  const texts: FileText[] = [];
  for (const name of own)
    texts.push({ file: join(folder, name), text: await readOne(join(path, name), join(folder, name)) });
  return texts;
}

async function readOne(path: string, file: string): Promise<string> {
  const bytes = await fileWithin(path).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(file, error);
  });
  if (bytes === undefined) throw new CommandError(EXIT.invalid, `${file} has more than ${MOST_BYTES} bytes`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new CommandError(EXIT.invalid, `${file} is not UTF-8`, ['Save it as UTF-8']);
  }
}

function unreadable(file: string, { code }: NodeJS.ErrnoException): CommandError {
  if (code === 'ENOENT' || code === 'ENOTDIR') return new CommandError(EXIT.notFound, `there is no file ${file}`);
  return new CommandError(EXIT.failed, `${file} cannot be read (${code})`);
}
