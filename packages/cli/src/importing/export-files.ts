import { mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { CommandError, EXIT } from '../errors/command-error.ts';
import { replaceFile } from '../files/replace-file.ts';
import type { Call } from '../grammar/call.ts';
import { outputOf } from '../output/output.ts';
import { safe } from '../output/safe.ts';
import { styleOf } from '../output/style.ts';
import { manifestYaml } from '../output/yaml.ts';
import type { Exported } from './exported.ts';

/** Where flags are, each in a file of its own with all that stages say of it. */
const FLAGS = 'feature-flags';

/**
 * Writes manifests to a folder: the project with its links, the context attributes, and each flag, in files of their own.
 * What is there is replaced, file by file; a file of a flag that is no more is told of, and left.
 */
export async function exportFiles(call: Call, directory: string, manifests: readonly Exported[]): Promise<void> {
  const folder = resolve(call.world.cwd, directory);
  const files = new Map<string, Exported[]>();
  const names = fileNames(manifests);
  for (const manifest of manifests) {
    const name = names.get(nameOf(manifest))!;
    files.set(name, [...(files.get(name) ?? []), manifest]);
  }
  const style = styleOf(call, 'err');
  const warn = (words: string): void => call.world.err(`${style.yellow('Warning')}: ${safe(words)}\n`);
  for (const [own, name] of names) {
    if (name !== own) warn(`${own} is ${name}, for another flag has the same name but for capital letters`);
  }
  await makeFolder(join(folder, FLAGS), join(directory, FLAGS));
  let done = 0;
  for (const [name, own] of files) {
    if (call.world.interrupted().aborted) break;
    try {
      await replaceFile(join(folder, name), own.map(manifestYaml).join('---\n'));
    } catch (thrown) {
      throw notWritten(join(directory, name), thrown as NodeJS.ErrnoException, `${done} of ${files.size}`);
    }
    done++;
    if (outputOf(call) !== 'json') await call.world.out(`${safe(join(directory, name))}\n`);
  }
  for (const name of (await readdir(join(folder, FLAGS))).sort()) {
    if (!name.endsWith('.yaml') || files.has(`${FLAGS}/${name}`)) continue;
    warn(`${join(directory, FLAGS, name)} is of no flag that was exported`);
  }
}

/** The file of each manifest, by what its name would be: files that differ in capital letters only are one on some systems. */
function fileNames(manifests: readonly Exported[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  // whatever the order they come in, each has the same name the next time
  for (const own of [...new Set(manifests.map(nameOf))].sort()) {
    let name = own;
    // no id has a tilde
    for (let i = 2; taken.has(name.toLowerCase()); i++) name = own.replace(/\.yaml$/, `~${i}.yaml`);
    taken.add(name.toLowerCase());
    names.set(own, name);
  }
  return names;
}

/**
 * Makes a folder with those that it is in, one by one: Node.js tries for ever where a system says that a folder which is there
 * is not, as below `/proc`. Throws `CommandError`.
 */
async function makeFolder(path: string, shown: string): Promise<void> {
  const missing: string[] = [];
  for (let at = path; ; at = dirname(at)) {
    const found = await stat(at).catch(() => undefined);
    if (found?.isDirectory() === true) break;
    if (found !== undefined || at === dirname(at)) throw notMade(shown, 'ENOTDIR');
    missing.push(at);
  }
  for (const one of missing.reverse()) {
    await mkdir(one).catch((error: NodeJS.ErrnoException) => {
      // somebody else was faster
      if (error.code !== 'EEXIST') throw notMade(shown, error.code);
    });
  }
}

const notMade = (folder: string, code: string | undefined): CommandError =>
  new CommandError(EXIT.failed, `the folder ${folder} cannot be made (${code})`);

/** `done`: how many files of how many were written before. */
function notWritten(file: string, error: NodeJS.ErrnoException, done: string): Error {
  if (error.code === undefined) return error;
  const why = error.code === 'ENOSPC' ? 'the disk is full' : error.code;
  return new CommandError(EXIT.failed, `${file} cannot be written (${why})`, [
    `${done} files were written; the others are missing, or as they were before`,
  ]);
}

function nameOf({ kind, metadata }: Exported): string {
  switch (kind) {
    case 'Stage':
      return 'stages.yaml';
    case 'Project':
    case 'ProjectStage':
      return 'project.yaml';
    case 'Context':
      return 'contexts.yaml';
    default:
      return `${FLAGS}/${metadata.featureFlagId ?? metadata.id}.yaml`;
  }
}
