import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** A program of plain JavaScript, made of sources in TypeScript. */
export interface Program {
  readonly path: string;
  remove(): void;
}

interface Bundler {
  build(options: object): Promise<unknown>;
}

const FOLDER = fileURLToPath(new URL('..', import.meta.url));

/** The program of `crew/program.ts`. The bundler is the one that runs these tests, so that nothing need be built before. */
export async function bundle(): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), 'flagwright-faults-'));
  // packages that are not bundled, the drivers, are looked for from there
  symlinkSync(join(FOLDER, 'node_modules'), join(folder, 'node_modules'));
  const vitest = createRequire(createRequire(import.meta.url).resolve('vitest/package.json'));
  const { build } = (await import(pathToFileURL(vitest.resolve('vite')).href)) as Bundler;
  await build({
    configFile: false,
    root: FOLDER,
    logLevel: 'error',
    ssr: { noExternal: [/^@flagwright\//, 're2js', 'semver'], resolve: { conditions: ['@flagwright/source'] } },
    build: {
      ssr: join(FOLDER, 'crew', 'program.ts'),
      outDir: folder,
      emptyOutDir: false,
      minify: false,
      rollupOptions: { output: { entryFileNames: 'program.mjs', chunkFileNames: '[name]-[hash].mjs' } },
    },
  });
  return {
    path: join(folder, 'program.mjs'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
