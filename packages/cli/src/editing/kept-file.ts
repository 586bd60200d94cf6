import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file of one edit, that only whoever runs it may read. */
export interface KeptFile {
  readonly path: string;
  write(text: string): Promise<void>;
  /** As it is now; '' if it is gone. Throws if it is not UTF-8. */
  read(): Promise<string>;
  /** It and its folder are removed. */
  remove(): Promise<void>;
}

/** A file in a fresh folder among the temporary ones. */
export async function keptFile(env: Readonly<Record<string, string | undefined>>, name: string): Promise<KeptFile> {
  const folder = await mkdtemp(join(env.TMPDIR || tmpdir(), 'flagctl-edit-'));
  const path = join(folder, name.replace(/[^\w.-]/g, '_'));
  return {
    path,
    write: (text) => writeFile(path, text, { mode: 0o600 }),
    async read() {
      const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return new Uint8Array();
        throw error;
      });
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
