import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { api } from './api.mjs';

const BIN = path.resolve(import.meta.dirname, '../../../packages/cli/dist/bin.js');

/** Options of Node for the servers, e.g. `--cpu-prof --cpu-prof-dir=/tmp/profiles`. */
const NODE_ARGV = process.env.SERVE_ARGV?.split(' ') ?? [];

/** How long a server may take to start, and to end, in ms. */
const PATIENCE = 60_000;

/** Where a control plane keeps its flags, empty at first, over several starts: `args` says so to `flagctl serve`. */
export async function newGround(engine) {
  if (engine === 'embedded') {
    const folder = mkdtempSync(path.join(tmpdir(), 'flagwright-bench-'));
    const dataDirectory = path.join(folder, 'data');
    return {
      args: ['--data-dir', dataDirectory],
      database: { dataDirectory },
      remove: async () => rmSync(folder, { recursive: true, force: true }),
    };
  }
  const { startPostgres } = await import('@flagwright/test-servers');
  const server = await startPostgres();
  const connectionString = server.url();
  return { args: ['--database', connectionString], database: { connectionString }, remove: () => server.stop() };
}

/**
 * A server in a process of its own, by the command line and with its defaults: it logs each request, and every change is
 * on disk before it is answered. `token` is that of the first admin, at the first start.
 */
export async function serve(ground, { token } = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'flagwright-bench-log-'));
  const log = path.join(folder, 'log');
  const written = openSync(log, 'a');
  const child = spawn(process.execPath, [...NODE_ARGV, BIN, 'serve', '--port', '0', ...ground.args], {
    cwd: folder,
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', written],
  });
  closeSync(written);
  // when this process fails, no server is left behind
  const kill = () => child.kill('SIGKILL');
  process.on('exit', kill);
  const ended = new Promise((resolve) => child.on('exit', (code, signal) => resolve(signal ?? code)));
  const stop = async () => {
    child.kill('SIGTERM');
    const timer = setTimeout(kill, PATIENCE);
    await ended;
    process.off('exit', kill);
    clearTimeout(timer);
    rmSync(folder, { recursive: true, force: true });
  };
  let said = '';
  const url = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`serve said nothing within ${PATIENCE} ms`)), PATIENCE);
    child.stdout.on('data', (chunk) => {
      said += chunk;
      // the banner comes as one text, and the address is not its last line
      const address = /^ +address +(\S+)\n[\s\S]*\n/m.exec(said);
      if (address === null) return;
      clearTimeout(timer);
      resolve(address[1]);
    });
    ended.then((how) => reject(new Error(`serve ended with ${how}: ${readFileSync(log, 'utf8').slice(0, 500)}`)));
  }).catch(async (error) => {
    await stop();
    throw error;
  });
  return {
    url,
    port: Number(new URL(url).port),
    pid: child.pid,
    token: /fwt_[\w-]+/.exec(said)?.[0] ?? token,
    stop,
  };
}

/** Tokens of one role, made by the API. Each has a budget of its own. */
export async function newTokens(server, count, grant) {
  const admin = api(server.url, [server.token]);
  try {
    const tokens = [];
    for (let i = 0; i < count; i++) {
      const name = `${grant.role} ${i} ${Math.random().toString(36).slice(2)}`;
      tokens.push((await admin.ask('POST', '/tokens', { name, ...grant })).token);
    }
    return tokens;
  } finally {
    admin.close();
  }
}

/** Runs `work` with what `open` has opened of each name; all is closed at the end, in turn. */
export async function withEach(names, open, work) {
  const opened = new Map();
  try {
    for (const name of names) opened.set(name, await open(name));
    return await work(opened);
  } finally {
    for (const one of [...opened.values()].reverse()) await one.close();
  }
}

/** One server on ground of its own, with what `prepare` makes of it. */
export async function openServer(engine, prepare) {
  const ground = await newGround(engine);
  try {
    const server = await serve(ground);
    try {
      const more = await prepare(server);
      return {
        ...server,
        ...more,
        async close() {
          await more?.close?.();
          await server.stop();
          await ground.remove();
        },
      };
    } catch (error) {
      await server.stop();
      throw error;
    }
  } catch (error) {
    await ground.remove();
    throw error;
  }
}
