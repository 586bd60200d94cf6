import { readdirSync } from 'node:fs';
import process from 'node:process';

// `pnpm example <name>`: runs one example in its own folder, as its reader would.

/** Where examples that are not named after their backend have their flags. */
const BACKENDS: Readonly<Record<string, string | undefined>> = {
  swap: process.env.FEATURE_PROVIDER,
  telemetry: 'redis',
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

const [name] = process.argv.slice(2).filter((argument) => argument !== '--');
if (name === undefined || !names.includes(name)) {
  console.error(
    `${name === undefined ? 'Which example?' : `There is no example "${name}".`} One of: ${names.join(', ')}`,
  );
  process.exitCode = 2;
} else {
  process.chdir(new URL(`${name}/`, folder).pathname);
  const stop = await backendOf(name);
  try {
    await import(`./${name}/main.js`);
  } finally {
    await stop();
  }
}
