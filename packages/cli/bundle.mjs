// Makes dist/flagctl of what `tsc -b` has made: a command that starts must not read hundreds of files, nor what it does
// not use. What is reached by `import()` alone is a part of its own; the server stays outside, for only `serve` needs it.
// rolldown (MIT, what vite bundles with, so it is installed already) follows imports and leaves out what is not used.
import { copyFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const cli = /[\\/]cli[\\/]dist[\\/]/.source;

// Each file costs a millisecond: what is needed together is one.
const GROUPS = [
  { name: 'core', test: /[\\/]core[\\/]dist[\\/]|[\\/]node_modules[\\/]/, priority: 3 },
  {
    name: 'start',
    test: new RegExp(
      `${cli}(?:main|index|grammar|nouns|errors[\\\\/]\\w+-error|output[\\\\/](?:safe|style|output|table|width))\\b`,
    ),
    priority: 2,
  },
  {
    name: 'evaluate',
    test: new RegExp(
      `${cli}(?:executing|local[\\\\/](?:local-set|compiled-set|text-places)|manifests[\\\\/](?:documents|split))\\b`,
    ),
    priority: 1,
  },
];

/** Half of all code is re2js, and most flags have no `matches`: it is read when the first one is compiled. */
const re2jsWhenNeeded = {
  name: 're2js-when-needed',
  resolveId: (id) => (id === 're2js' ? '\0re2js' : undefined),
  load: (id) =>
    id === '\0re2js'
      ? `import { createRequire } from 'node:module';
         let loaded;
         export const RE2JS = { compile: (...args) => (loaded ??= createRequire(import.meta.url)('./re2js.cjs')).RE2JS.compile(...args) };`
      : undefined,
};

await rm(at('dist/flagctl'), { recursive: true, force: true });
const bundle = await rolldown({
  input: { flagctl: at('dist/bin.js') },
  platform: 'node',
  external: [/^node:/, '@flagwright/server'],
  plugins: [re2jsWhenNeeded],
  // it tells of what some load late and others early
  logLevel: 'silent',
});
await bundle.write({
  dir: at('dist/flagctl'),
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
  minify: true,
  codeSplitting: { groups: GROUPS },
});
// its licence travels with it, in its first lines
await copyFile(createRequire(at('../core/package.json')).resolve('re2js'), at('dist/flagctl/re2js.cjs'));
