import { readdirSync } from 'node:fs';
import process from 'node:process';

// `pnpm example <name>`: runs one example in its own folder, as its reader would. `pnpm example <name> -- <arguments>`
// gives it the rest of the command line.

/** Where examples that are not named after their backend have their flags. */
const BACKENDS: Readonly<Record<string, string | undefined>> = {
  swap: process.env.FEATURE_PROVIDER,
  telemetry: 'redis',
  'gates-cluster': 'postgres',
};

/** The backend an example needs, started for it unless its address is given. */
async function backendOf(name: string): Promise<() => Promise<void>> {
  const backend = Object.hasOwn(BACKENDS, name) ? BACKENDS[name] : name;
  if (backend !== 'postgres' && backend !== 'redis') return async () => {};
  const variable = { postgres: 'FEATURE_POSTGRES_URL', redis: 'FEATURE_REDIS_URL' }[backend];
  if (process.env[variable] !== undefined) return async () => {};
  console.log(`${variable} is not set: a server is started for the example`);
  const { startPostgres, startRedis } = await import('@flagwright/test-servers');
  if (backend === 'postgres') {
    const server = await startPostgres();
    process.env[variable] = server.url();
    return () => server.stop();
  }
  const server = await startRedis();
  process.env[variable] = server.url;
  return () => server.stop();
}

const folder = new URL('../', import.meta.url);
const names = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !['dist', 'node_modules', 'test'].includes(entry.name))
  .map((entry) => entry.name);

const words = process.argv.slice(2);
const first = words.findIndex((word) => word !== '--');
const name = words[first];
// the one `--` that package managers ask for is none of the example's
const rest = words.slice(first + 1).filter((word, i) => i > 0 || word !== '--');
if (name === undefined || !names.includes(name)) {
  console.error(
    `${name === undefined ? 'Which example?' : `There is no example "${name}".`} One of: ${names.join(', ')}`,
  );
  process.exitCode = 2;
} else {
  process.chdir(new URL(`${name}/`, folder).pathname);
  process.argv = [process.execPath, new URL(`${name}/main.js`, import.meta.url).pathname, ...rest];
  const stop = await backendOf(name);
  try {
    await import(`./${name}/main.js`);
  } finally {
    await stop();
  }
}
