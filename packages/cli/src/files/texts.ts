import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CommandError, EXIT } from '../errors/command-error.ts';
import { UsageError } from '../errors/usage-error.ts';
import type { World } from '../world.ts';
import { fileWithin, MOST_BYTES } from './bounded.ts';
import { eachOnce } from './each-once.ts';
import { textOf } from './utf8.ts';

/** A file as it was read. */
export interface FileText {
  /** As it was named, or within the folder that was; `<stdin>` for `-`. */
  readonly file: string;
  readonly text: string;
}

/** Told of a file or a folder that cannot be read, and why; what it throws ends the reading. */
export type OnUnread = (file: string, error: CommandError) => void;

/**
 * The texts of files, folders (`*.yaml`, `*.yml`, `*.json`, by name) and `-`, the standard input, each file once.
 * `recursive`: whether folders within folders are read, too; undefined: no, and the command has no option for it. Throws
 * `UsageError` for an empty name, and, unless `onUnread` is told, `CommandError` for what cannot be read: its exit code is
 * that of what is not there only for what was named.
 */
export async function readTexts(
  world: Pick<World, 'cwd' | 'input'>,
  files: readonly string[],
  recursive?: boolean,
  onUnread: OnUnread = rethrow,
): Promise<readonly FileText[]> {
  const texts: FileText[] = [];
  for (const file of files) {
    // it would be the working folder, and comes of a variable that is not set
    if (file === '') throw new UsageError('the name of a file is empty; expected a file');
    const path = resolve(world.cwd, file);
    const add = async (name: string, read: () => Promise<string>): Promise<void> => {
      try {
        texts.push({ file: name, text: await read() });
      } catch (thrown) {
        onUnread(name, unread(name, thrown as Error));
      }
    };
    if (file === '-') {
      await add('<stdin>', () => world.input());
      continue;
    }
    const isFolder = await stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (!isFolder) await add(file, () => readOne(path, file));
    else
      for (const name of await within(path, file, recursive, onUnread))
        await add(name, () => readListed(resolve(world.cwd, name), name));
  }
  // globs overlap, and a folder has what is named beside it
  return await eachOnce(world, texts, (one) => one.file);
}

const rethrow: OnUnread = (_, error) => {
  throw error;
};

/** The text of the one file, or of `-`, that an option names. Throws `CommandError`, `UsageError` if it is not one file. */
export async function readText(world: Pick<World, 'cwd' | 'input'>, file: string, option: string): Promise<FileText> {
  const [first, ...others] = file === '' ? [] : await readTexts(world, [file]);
  if (first !== undefined && others.length === 0) return first;
  throw new UsageError(`${option} is ${JSON.stringify(`@${file}`)}; expected @ and the name of one file`);
}

/** The files in a folder, by name, with that of the folder before it. */
async function within(
  path: string,
  folder: string,
  recursive: boolean | undefined,
  onUnread: OnUnread,
): Promise<readonly string[]> {
  const names: string[] = [];
  let isWhole = true;
  const look = async (under: string): Promise<void> => {
    const entries = await readdir(join(path, under), { withFileTypes: true }).catch(
      (error: Error): readonly Dirent[] => {
        isWhole = false;
        onUnread(join(folder, under), unread(join(folder, under), error));
        return [];
      },
    );
    for (const entry of entries) {
      const name = join(under, entry.name);
      if (entry.name.startsWith('.')) continue;
      if (!entry.isDirectory()) {
        if (/\.(?:ya?ml|json)$/i.test(name)) names.push(name);
      } else if (recursive === true) await look(name);
    }
  };
  await look('');
  if (names.length === 0 && isWhole) {
    const message = `there are no *.yaml, *.yml or *.json files in the folder ${folder}`;
    const hints = recursive === false ? ['Folders within it are read with --recursive'] : [];
    onUnread(folder, new CommandError(EXIT.notFound, message, hints));
  }
  return names.sort().map((name) => join(folder, name));
}

/**
 * Refuses what stands in a folder and cannot be read as a file. Nobody has named it, so if it is not there something is
 * wrong with the folder, and a pipe, which may have no end, is not waited for. Throws `CommandError`.
 */
export async function checkListed(path: string, file: string): Promise<void> {
  const found = await stat(path).catch((thrown: Error) => {
    if (!isMissing(thrown)) throw unread(file, thrown);
    throw new CommandError(EXIT.failed, `${file} is a link to what is not there`, ['Remove it, or mend it']);
  });
  if (!found.isFile()) throw new CommandError(EXIT.failed, `${file} is no file`, ['Remove it, or name it to read it']);
}

async function readListed(path: string, file: string): Promise<string> {
  await checkListed(path, file);
  return await readOne(path, file);
}

async function readOne(path: string, file: string): Promise<string> {
  const bytes = await fileWithin(path);
  if (bytes === undefined) throw new CommandError(EXIT.invalid, `${file} has more than ${MOST_BYTES} bytes`);
  return textOf(bytes, file);
}

const isMissing = (error: Error): boolean => /^(?:ENOENT|ENOTDIR)$/.test(String((error as NodeJS.ErrnoException).code));

function unread(file: string, error: Error): CommandError {
  if (error instanceof CommandError) return error;
  const { code } = error as NodeJS.ErrnoException;
  // what nobody has foreseen
  if (code === undefined) throw error;
  if (isMissing(error)) return new CommandError(EXIT.notFound, `there is no file ${file}`);
  return new CommandError(EXIT.failed, `${file} cannot be read (${code})`);
}
