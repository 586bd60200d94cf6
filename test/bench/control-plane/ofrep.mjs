import { mixed, others, threeRules, users } from '../logic.mjs';
import { startWorker } from '../propagation/worker.mjs';
import { api } from './api.mjs';
import { appTokens, contextOf, fillStage } from './flags.mjs';
import { inRounds, overRounds, watched } from './rounds.mjs';
import { openServer, withEach } from './servers.mjs';

const EVALUATE = '/ofrep/v1/evaluate/flags';
const USERS = users(64);
const worker = (name) => startWorker(name, { folder: import.meta.dirname });

/**
 * Two loads: one flag of three rules for as many users as the server manages, over 16 connections with a token each; and
 * all of 1,000 flags, one question after the other. `ways`: how the questions are put, and what status they are answered.
 */
const LOADS = {
  one: {
    flags: [...others(100), threeRules('three-rules')],
    path: `${EVALUATE}/three-rules`,
    connections: 16,
    ways: { 'one flag': ['plain', 200] },
    check: ({ text }) => JSON.parse(text).value === true,
  },
  bulk: {
    flags: mixed(1000),
    path: EVALUATE,
    connections: 1,
    ways: { 'all flags': ['plain', 200], 'not modified': ['tagged', 304] },
    check: ({ text }) => JSON.parse(text).flags.length === 1000,
  },
};

/** What OFREP costs: `load` is one of `LOADS`. Beside it, a bare server answers the bytes of the first real answer. */
export async function ofrep({ load: which }, names, { quick, progress }) {
  const load = LOADS[which];
  const engines = names.filter((name) => name !== 'bare-http');
  const open = async (engine) => {
    progress(`${engine}: flags`);
    const opened = await openServer(engine, async (server) => {
      await fillStage(server, load.flags);
      return { tokens: await appTokens(server, load.connections), admin: api(server.url, [server.token]) };
    });
    return { ...opened, close: () => closing(opened) };
  };
  return withEach(engines, open, async (servers) => {
    const any = servers.values().next().value;
    const asker = worker('asker');
    const bare = worker('bare');
    try {
      const callsOf = ({ tokens }) =>
        tokens.map((token) => USERS.map((user) => ({ path: load.path, token, body: { context: contextOf(user) } })));
      const example = await asker.ask('open', any.port, callsOf(any));
      if (!load.check(example)) throw new Error(`not the answer it must be: ${example.text.slice(0, 300)}`);
      const [port, pid] = [await bare.ask('listen', example), await bare.ask('pid')];
      const subjects = new Map([['bare-http', { port, pid, tokens: any.tokens }], ...servers]);
      const measured = await inRounds(names, quick ? 2 : 7, (name, round) => {
        progress(`${name}, round ${round + 1}`);
        return oneRound(asker, subjects.get(name), {
          load,
          calls: callsOf(subjects.get(name)),
          ms: quick ? 300 : 1500,
        });
      });
      return Object.fromEntries(
        names.map((name) => [
          name,
          {
            cases: Object.fromEntries(
              Object.keys(measured[name][0]).map((way) => [way, overRounds(measured[name].map((round) => round[way]))]),
            ),
          },
        ]),
      );
    } finally {
      await Promise.all([asker.stop(), bare.stop()]);
    }
  });
}

async function closing({ admin, close }) {
  admin.close();
  await close();
}

/** Every way of asking once; a server that tags no answer is not asked whether it was modified. */
async function oneRound(asker, subject, { load, calls, ms }) {
  const { head } = await asker.ask('open', subject.port, calls);
  const found = {};
  for (const [way, [how, status]] of Object.entries(load.ways)) {
    // the bare server knows no conditions
    if (how === 'tagged' && (subject.admin === undefined || !/\r\netag: /i.test(head))) continue;
    await asker.ask('load', ms / 3, how, status);
    const before = await serverTime(subject);
    const round = await watched([subject.pid], () => asker.ask('load', ms, how, status));
    const after = await serverTime(subject);
    const { count, seconds, cpu, asking, others, p50, p95, p99, most } = round;
    found[way] = {
      // what one processor takes for a question, when it does nothing else
      ...(cpu === undefined ? undefined : { cpu: cpu / count }),
      value: load.connections === 1 ? p50 : (seconds * 1e9) / count,
      rate: count / seconds,
      ...{ p50, p95, p99, most, others },
      asking: asking / count,
      ...(before && { inside: ((after.sum - before.sum) / (after.count - before.count)) * 1e9 }),
    };
  }
  return found;
}

/** How long a server says that its answers took until they began, in seconds, over how many; nothing of the bare one. */
async function serverTime({ admin }) {
  if (admin === undefined) return undefined;
  const { text } = await admin.raw('GET', '/metrics');
  const of = (what) =>
    Number(new RegExp(`^flagwright_http_request_duration_seconds_${what}{operation="ofrep"} (.*)$`, 'm').exec(text)[1]);
  return { sum: of('sum'), count: of('count') };
}
