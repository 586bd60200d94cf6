// Makes dist/flagctl of what `tsc -b` has made: a command that starts must not read hundreds of files, nor what it does
// not use. What is reached by `import()` alone is a part of its own; the server stays outside, for only `serve` needs it.
// rolldown (MIT, what vite bundles with, so it is installed already) follows imports and leaves out what is not used.
import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
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

/** What most flags do not need is read when the first one does; half of all code is re2js. By what core uses of each. */
const WHEN_NEEDED = {
  re2js: `export const RE2JS = { compile: (...args) => loaded().RE2JS.compile(...args) };`,
  semver: `export const parse = (...args) => loaded().parse(...args);
           export const coerce = (...args) => loaded().coerce(...args);
           export const Range = function (...args) { return new (loaded().Range)(...args); };`,
};
const whenNeeded = {
  name: 'when-needed',
  resolveId: (id) => (Object.hasOwn(WHEN_NEEDED, id) ? `\0${id}` : undefined),
  load(id) {
    const name = id.slice(1);
    if (!id.startsWith('\0') || !Object.hasOwn(WHEN_NEEDED, name)) return undefined;
    return `import { createRequire } from 'node:module';
      let own;
      const loaded = () => (own ??= createRequire(import.meta.url)('./${name}.cjs'));
      ${WHEN_NEEDED[name]}`;
  },
};

await rm(at('dist/flagctl'), { recursive: true, force: true });
const bundle = await rolldown({
  input: { flagctl: at('dist/bin.js') },
  platform: 'node',
  external: [/^node:/, '@flagwright/server'],
  plugins: [whenNeeded],
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
const core = createRequire(at('../core/package.json'));
for (const name of Object.keys(WHEN_NEEDED)) {
  const whole = await rolldown({ input: core.resolve(name), platform: 'node' });
  await whole.write({ file: at(`dist/flagctl/${name}.cjs`), format: 'cjs', exports: 'named', minify: true });
}
// what is made of others travels with their licences
const licences = ['js-yaml', 're2js', 'semver'].map(
  (name) => `${name}\n\n${readFileSync(at(`../core/node_modules/${name}/LICENSE`), 'utf8')}`,
);
await writeFile(at('dist/flagctl/LICENSES.txt'), licences.join(`\n${'-'.repeat(80)}\n\n`));
