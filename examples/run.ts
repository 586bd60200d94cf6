import { readdirSync } from 'node:fs';
import process from 'node:process';

// `pnpm example <name>`: runs one example in its own folder, as its reader would.

const folder = new URL('../', import.meta.url);
const names = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !['dist', 'node_modules', 'test'].includes(entry.name))
  .map((entry) => entry.name);

const [name] = process.argv.slice(2).filter((argument) => argument !== '--');
if (name === undefined || !names.includes(name)) {
  console.error(
    `${name === undefined ? 'Which example?' : `There is no example "${name}".`} One of: ${names.join(', ')}`,
  );
  process.exitCode = 2;
} else {
  process.chdir(new URL(`${name}/`, folder).pathname);
  await import(`./${name}/main.js`);
}
