import { others } from '../logic.mjs';
import { proveClock } from '../propagation/clock.mjs';
import { seenBy } from '../propagation/time.mjs';
import { startWorker } from '../propagation/worker.mjs';
import { BASE } from './api.mjs';
import { appTokens, fillStage, PROJECT, STAGE } from './flags.mjs';
import { watchProcessor } from './processor.mjs';
import { inRounds, overRounds, spread, watched } from './rounds.mjs';
import { newTokens, openServer, withEach } from './servers.mjs';

/** How many follow, each with a connection and an event stream of its own, all in one process. */
const CASES = { '1 follower': 1, '50 followers': 50 };

const FLAGS = 100;
const WARM = 20;

/** As many variants as the flag has; nobody misses so many changes. */
const CYCLE = 64;

/** Between two writes, in ms, give or take a third. */
const GAP = 150;

/**
 * How long a change by the API takes until evaluations of followers see it: from when the request was sent, and from when
 * it was answered. Writer, server and followers are three processes.
 */
export async function visible(_scenario, names, { quick, progress }) {
  const [rounds, count] = quick ? [1, 40] : [3, 60];
  return withEach(
    names,
    (engine) => openServer(engine, prepare),
    async (opened) => {
      const cases = Object.fromEntries(names.map((name) => [name, {}]));
      for (const [title, followers] of Object.entries(CASES)) {
        const measured = await inRounds(names, rounds, (name, round) => {
          progress(`${name}, ${title}, round ${round + 1}`);
          return followed(opened.get(name), followers, count);
        });
        for (const name of names) cases[name][title] = overRounds(measured[name]);
      }
      return Object.fromEntries(names.map((name) => [name, { cases: cases[name] }]));
    },
  );
}

async function prepare(server) {
  await fillStage(server, others(FLAGS - 1));
  const [admin] = await newTokens(server, 1, { role: 'admin' });
  const [token] = await appTokens(server, 1);
  const writer = startWorker('writer', { folder: import.meta.dirname });
  try {
    await writer.ask('open', [server.url], [admin]);
    await writer.ask('makeTick', PROJECT, STAGE, CYCLE);
    return {
      writer,
      token,
      path: `${BASE}/projects/${PROJECT}/stages/${STAGE}/feature-flags/tick`,
      /** The number of the last change. */
      last: 0,
      close: () => writer.stop(),
    };
  } catch (error) {
    await writer.stop();
    throw error;
  }
}

/** A round with followers of its own. */
async function followed(opened, followers, count) {
  const { url, token, writer, last } = opened;
  const worker = startWorker('followers');
  try {
    const where = { kind: 'control-plane', url: `${url}/sets/${PROJECT}/${STAGE}`, token, cycle: CYCLE, after: last };
    await worker.ask('follow', where, followers);
    const clock = Math.max(await proveClock(writer), await proveClock(worker));
    await oneRound(opened, worker, WARM);
    return { ...(await oneRound(opened, worker, count)), clock: clock * 1e6 };
  } finally {
    await worker.stop();
  }
}

async function oneRound(opened, followers, count) {
  const { writer, path, pid } = opened;
  const used = watchProcessor([await followers.ask('pid')]);
  const { called, resolved, seen, cpu, others } = await watched([pid], async () => {
    const written = await writer.ask('tick', path, count, GAP);
    opened.last = written.last;
    return { ...written, seen: await seenBy([followers], written) };
  });
  const since = (starts) => spread(seen.flatMap(({ times }) => times.map((at, i) => at - starts[i])));
  const [after, sent] = [since(resolved), since(called)];
  const everywhere = spread(called.map((at, i) => Math.max(...seen.map(({ times }) => times[i])) - at));
  const answered = spread(resolved.map((at, i) => at - called[i]));
  return {
    value: sent.p99,
    ...named('after', after),
    ...named('sent', sent),
    ...named('everywhere', everywhere),
    ...named('answered', answered),
    superseded: seen.reduce((sum, one) => sum + one.superseded, 0) / (seen.length * count),
    // for a change: the server, and all followers together
    ...(cpu === undefined ? undefined : { cpu: cpu / count, following: used() / count }),
    others,
  };
}

const named = (name, figures) => Object.fromEntries(Object.entries(figures).map(([q, ns]) => [`${name} ${q}`, ns]));
