import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** An empty folder outside the workspace, for `packedProject()`. */
    readonly packedFolder: string;
  }
}

/** Before the first test of the `packages` project: a folder for it. What is returned runs after the last. */
export function setup({ provide }: TestProject): () => void {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'flagwright-packed-')));
  provide('packedFolder', folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
