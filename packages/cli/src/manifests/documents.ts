import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Issue, Path, Place } from '@flagwright/core';
import { parseText } from '@flagwright/core/text';
import { CommandError, EXIT } from '../errors/command-error.ts';
import type { World } from '../world.ts';
import { splitDocuments } from './split.ts';

/** A document of a file: one of several in YAML. */
export interface FileDocument {
  /** As it was named; `<stdin>` for `-`. */
  readonly file: string;
  /** What it says, without a guess at what it is. */
  readonly value: unknown;
  /** Where the value at a path stands; for a path that leads nowhere, its nearest ancestor. */
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
    const { document, locate, issues } = parseText(part, { file });
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

/** A file as it was read. */
export interface FileText {
  readonly file: string;
  readonly text: string;
}

/** The texts of files, folders and `-`. Throws `CommandError`. */
export async function readTexts(
  world: World,
  files: readonly string[],
  recursive: boolean,
): Promise<readonly FileText[]> {
  const texts: FileText[] = [];
  for (const file of files) {
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
  return texts;
}

async function readFolder(path: string, folder: string, recursive: boolean): Promise<readonly FileText[]> {
  const names = await readdir(path, { recursive });
  const own = names
    .filter((name) => /(?:^|\/)[^./][^/]*\.(?:ya?ml|json)$/i.test(name) && !/(?:^|\/)\./.test(name))
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
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(file, error);
  });
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
