import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandError, EXIT } from '../errors/command-error.ts';

/** A file of one edit, that only whoever runs it may read. */
export interface KeptFile {
  readonly path: string;
  /** Writes all of it anew. Throws `CommandError` if that cannot be; what it had before is still there then. */
  write(text: string): Promise<void>;
  /** As it is now. Throws `CommandError` if it is gone, no file, or not UTF-8. */
  read(): Promise<string>;
  /** It and its folder are removed. */
  remove(): Promise<void>;
}

/** A file in a fresh folder among the temporary ones. Throws `CommandError` if there can be none. */
export async function keptFile(env: Readonly<Record<string, string | undefined>>, name: string): Promise<KeptFile> {
  const parent = env.TMPDIR || tmpdir();
  const folder = await mkdtemp(join(parent, 'flagctl-edit-')).catch(({ code }: NodeJS.ErrnoException) => {
    throw new CommandError(EXIT.failed, `there can be no file for the editor in ${parent} (${code})`, [
      'Set TMPDIR to a folder that is there, and that you may write to',
    ]);
  });
  const path = join(folder, name.replace(/[^\w.-]/g, '_'));
  return {
    path,
    async write(text) {
      // beside it, for a file that is written over in its place may end in the middle
      const beside = `${path}.new`;
      try {
        await writeFile(beside, text, { mode: 0o600 });
        await rename(beside, path);
      } catch (thrown) {
        await rm(beside, { recursive: true, force: true }).catch(() => undefined);
        const { code } = thrown as NodeJS.ErrnoException;
        throw new CommandError(EXIT.failed, `${path} cannot be written (${code ?? 'unknown'})`, [
          'Is there room? TMPDIR names the folder it is in',
        ]);
      }
    },
    async read() {
      const bytes = await readFile(path).catch(({ code }: NodeJS.ErrnoException) => {
        const why =
          code === 'ENOENT'
            ? 'is gone'
            : code === 'EISDIR'
              ? 'is a folder now'
              : `cannot be read (${code ?? 'unknown'})`;
        throw new CommandError(EXIT.failed, `${path} ${why}, and nothing was saved`, [
          'The editor must leave what it has made of it under its name',
        ]);
      });
      try {
        return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
      } catch {
        throw new CommandError(EXIT.invalid, `${path} is not UTF-8`, ['It was kept, and nothing was saved']);
      }
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
