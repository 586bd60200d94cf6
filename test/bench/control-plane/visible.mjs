import { others } from '../logic.mjs';
import { proveClock } from '../propagation/clock.mjs';
import { seenBy } from '../propagation/time.mjs';
import { startWorker } from '../propagation/worker.mjs';
import { BASE } from './api.mjs';
import { appTokens, fillStage, PROJECT, STAGE } from './flags.mjs';
import { watchProcessor } from './processor.mjs';
import { inRounds, overRounds, spread, watched } from './rounds.mjs';
import { newTokens, openServer, withEach } from './servers.mjs';

const FOLLOWERS = 50;
const FLAGS = 100;
const WARM = 20;

/** As many variants as the flag has; nobody misses so many changes. */
const CYCLE = 64;

/** Between two writes, in ms, give or take a third. */
const GAP = 150;

/**
 * How long a change by the API takes until evaluations of 50 followers see it, each with an event stream of its own: from
 * when the request was sent, and from when it was answered. Writer, server and followers are three processes.
 */
export async function visible(_scenario, names, { quick, progress }) {
  const [rounds, count] = quick ? [1, 40] : [3, 100];
  return withEach(
    names,
    (engine) => openServer(engine, prepare),
    async (opened) => {
      const apart = Object.fromEntries(names.map((name) => [name, 0]));
      for (const [name, { writer, followers }] of opened) {
        for (const one of [writer, followers]) apart[name] = Math.max(apart[name], await proveClock(one));
        await oneRound(opened.get(name), WARM);
      }
      const measured = await inRounds(names, rounds, (name, round) => {
        progress(`${name}, round ${round + 1}`);
        return oneRound(opened.get(name), count);
      });
      return Object.fromEntries(
        names.map((name) => [
          name,
          { cases: { '50 followers': { ...overRounds(measured[name]), clock: apart[name] * 1e6 } } },
        ]),
      );
    },
  );
}

async function prepare(server) {
  await fillStage(server, others(FLAGS - 1));
  const [admin] = await newTokens(server, 1, { role: 'admin' });
  const [token] = await appTokens(server, 1);
  const writer = startWorker('writer', { folder: import.meta.dirname });
  const followers = startWorker('followers');
  const close = () => Promise.all([writer.stop(), followers.stop()]);
  try {
    await writer.ask('open', [server.url], [admin]);
    await writer.ask('makeTick', PROJECT, STAGE, CYCLE);
    const url = `${server.url}/sets/${PROJECT}/${STAGE}`;
    await followers.ask('follow', { kind: 'control-plane', url, token, cycle: CYCLE }, FOLLOWERS);
    const path = `${BASE}/projects/${PROJECT}/stages/${STAGE}/feature-flags/tick`;
    const following = await followers.ask('pid');
    return { writer, followers, following, path, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function oneRound({ writer, followers, following, path, pid }, count) {
  const used = watchProcessor([following]);
  const { called, resolved, seen, cpu, others } = await watched([pid], async () => {
    const written = await writer.ask('tick', path, count, GAP);
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
