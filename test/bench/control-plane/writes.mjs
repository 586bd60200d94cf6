import { plain } from '../logic.mjs';
import { startWorker } from '../propagation/worker.mjs';
import { BASE } from './api.mjs';
import { fillStage, PROJECT, STAGE } from './flags.mjs';
import { inRounds, overRounds, watched } from './rounds.mjs';
import { newTokens, openServer, serve, withEach } from './servers.mjs';

const MOST = 16;

/** How many write at a time. */
const CASES = { '1 writer': 1, '16 writers': MOST };

/** How many changes of stage definitions, each acknowledged, servers take: all of one stage, a flag for each writer. */
export async function writes(_scenario, names, { quick, progress }) {
  return withEach(
    names,
    (name) => (name === 'two-servers' ? openTwo() : openServer(name, (server) => prepare([server]))),
    async (opened) => {
      const cases = Object.fromEntries(names.map((name) => [name, {}]));
      for (const [title, width] of Object.entries(CASES)) {
        const measured = await inRounds(names, quick ? 1 : 3, (name, round) => {
          progress(`${name}, ${title}, round ${round + 1}`);
          return oneRound(opened.get(name), width, quick ? 1000 : 5000);
        });
        for (const name of names) cases[name][title] = overRounds(measured[name]);
      }
      return Object.fromEntries(names.map((name) => [name, { cases: cases[name] }]));
    },
  );
}

/** A second server on the PostgreSQL of the first; it is opened last, and closed first. */
async function openTwo() {
  const { startPostgres } = await import('@flagwright/test-servers');
  const database = await startPostgres();
  const servers = [];
  const close = async () => {
    for (const one of servers) await one.stop();
    await database.stop();
  };
  try {
    const ground = { args: ['--database', database.url()] };
    servers.push(await serve(ground));
    servers.push(await serve(ground, servers[0]));
    const prepared = await prepare(servers);
    return { ...prepared, close: () => prepared.close().then(close) };
  } catch (error) {
    await close();
    throw error;
  }
}

async function prepare(servers) {
  const keys = Array.from({ length: MOST }, (_, i) => `flag-${i}`);
  await fillStage(
    servers[0],
    keys.map((key) => plain(key)),
  );
  // a token may write 100 times a second
  const tokens = await newTokens(servers[0], MOST * 2, { role: 'admin' });
  const writer = startWorker('writer', { folder: import.meta.dirname });
  await writer.ask(
    'open',
    servers.map(({ url }) => url),
    tokens,
    MOST,
  );
  return {
    writer,
    pids: servers.map(({ pid }) => pid),
    paths: keys.map((key) => `${BASE}/projects/${PROJECT}/stages/${STAGE}/feature-flags/${key}`),
    close: () => writer.stop(),
  };
}

async function oneRound({ writer, pids, paths }, width, ms) {
  const { count, seconds, cpu, ...figures } = await watched(pids, () => writer.ask('write', paths.slice(0, width), ms));
  return {
    value: (seconds * 1e9) / count,
    rate: count / seconds,
    ...figures,
    ...(cpu === undefined ? undefined : { cpu: cpu / count }),
  };
}
