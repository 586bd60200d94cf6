// Makes dist/flagctl.js and its parts of what `tsc -b` has made: a command that starts must not read hundreds of files.
// What is reached by `import()` alone, as the server, stays where it is, or is a part of its own.
// rolldown (MIT, what vite bundles with, so it is installed already) follows imports and leaves out what is not used.
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

await rm(at('dist/flagctl'), { recursive: true, force: true });
const bundle = await rolldown({
  input: { flagctl: at('dist/bin.js') },
  platform: 'node',
  external: [/^node:/, '@flagwright/server'],
});
await bundle.write({
  dir: at('dist/flagctl'),
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
  minify: { mangle: false, compress: true, codegen: true },
});
