import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A program of plain JavaScript, made of sources in TypeScript. */
export interface Program {
  /** Of this program alone. */
  readonly folder: string;
  readonly path: string;
  remove(): void;
}

/** A module as its text, which names what it imports by whole paths; or a file, and the packages not to be bundled. */
export type ProgramSource =
  | { readonly text: string }
  | { readonly file: string; readonly external: readonly string[]; readonly nodeModules: string };

interface Bundler {
  build(options: object): Promise<unknown>;
}

/**
 * Makes a program of a module and all that it imports, so that another process runs the sources and nothing need be
 * built before: the bundler is the one that runs the tests.
 */
export async function bundleProgram(source: ProgramSource): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), 'flagwright-program-'));
  const entry = 'file' in source ? source.file : join(folder, 'entry.mjs');
  if ('file' in source) symlinkSync(source.nodeModules, join(folder, 'node_modules'));
  else writeFileSync(entry, source.text);
  const vitest = createRequire(createRequire(import.meta.url).resolve('vitest/package.json'));
  const { build } = (await import(pathToFileURL(vitest.resolve('vite')).href)) as Bundler;
  await build({
    configFile: false,
    root: dirname(entry),
    logLevel: 'error',
    ssr: {
      noExternal: true,
      external: 'file' in source ? source.external : [],
      resolve: { conditions: ['@flagwright/source'] },
    },
    build: {
      ssr: entry,
      outDir: folder,
      emptyOutDir: false,
      minify: false,
      rollupOptions: { output: { entryFileNames: 'program.mjs' } },
    },
  });
  return {
    folder,
    path: join(folder, 'program.mjs'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
