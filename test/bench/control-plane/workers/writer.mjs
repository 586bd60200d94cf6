import { setTimeout as pause } from 'node:timers/promises';
import { now } from '../../propagation/clock.mjs';
import { answer } from '../../propagation/workers/answer.mjs';
import { api } from '../api.mjs';
import { spread } from '../rounds.mjs';

/** Changes stage definitions by the API of one or several servers. */
let servers = [];
let last = 0;
let ticks = 1;

answer({
  open(urls, tokens, connections = 1) {
    servers = urls.map((url) => api(url, tokens, connections));
  },
  /** A flag that can serve numbers below `cycle`. */
  async makeTick(project, stage, cycle) {
    const variants = Object.fromEntries(Array.from({ length: cycle }, (_, i) => [`n${i}`, i]));
    ticks = cycle;
    const [server] = servers;
    await server.ask('POST', `/projects/${project}/feature-flags`, {
      metadata: { id: 'tick' },
      spec: { type: 'INTEGER', variants },
    });
    await server.ask('PUT', `/projects/${project}/stages/${stage}/feature-flags/tick`, {
      spec: { enabled: true, defaultVariant: 'n0' },
    });
  },
  /** Has the flag serve one number after the other, again and again, and says when each was asked for and answered. */
  async tick(path, count, gap) {
    const [called, resolved] = [[], []];
    const first = last + 1;
    let due = now();
    for (let i = 0; i < count; i++) {
      due = Math.max(due + gap * (2 / 3 + (Math.random() * 2) / 3), now());
      await pause(Math.max(0, due - now()));
      last++;
      called.push(now());
      await servers[0].raw('PATCH', path, { spec: { defaultVariant: `n${last % ticks}` } });
      resolved.push(now());
    }
    return { first, last, called, resolved };
  },
  /** So many at once, each again and again with a flag of its own, spread over the servers. */
  async write(paths, ms) {
    const took = [];
    const began = performance.now();
    const end = began + ms;
    await Promise.all(
      paths.map(async (path, i) => {
        const server = servers[i % servers.length];
        // what the flag was left with is not known, so the first may change nothing
        for (let n = 0; ; n++) {
          const asked = performance.now();
          if (asked >= end) return;
          const { text } = await server.raw('PATCH', path, { spec: { defaultVariant: n % 2 === 0 ? 'on' : 'off' } });
          if (n > 0 && !text.includes('"result":"updated"')) throw new Error(`nothing was changed: ${text}`);
          took.push(performance.now() - asked);
        }
      }),
    );
    return { count: took.length, seconds: (performance.now() - began) / 1000, ...spread(took) };
  },
});
