import { setTimeout as pause } from 'node:timers/promises';
import { large, twoRules } from '../logic.mjs';
import { definition } from '../subjects/flagwright.mjs';
import { fill } from './backends.mjs';
import { isDisturbed, watchOthers } from './others.mjs';
import { openStore } from './stores.mjs';
import { startWorker } from './worker.mjs';

const FLAGS = 10_000;
const WARM = 50;

/** Every change is committed on its own, `gap` ms after the last. */
const PLANS = {
  postgres: { count: 300, gap: 20 },
  redis: { count: 300, gap: 20 },
  // the whole document travels
  http: { count: 20, gap: 300 },
};

/**
 * What one change among 10,000 flags of two rules costs a process that follows them: bytes through its sockets, entries
 * it is sent, processor time, and flags compiled anew. All flags have been asked for, and each that changes is asked for
 * again. The writer and the proxy that counts are in another process.
 */
export async function change(backend, { quick }) {
  const { startProxy } = await import('@flagwright/test-servers');
  const { where, origin, port } = backend;
  await fill(
    backend,
    large(FLAGS).map((flag) => ({ key: flag.key, next: definition(flag) })),
  );
  const plan = PLANS[where.kind];
  const count = quick ? Math.ceil(plan.count / 4) : plan.count;
  const warm = Math.min(WARM, count);
  const proxy = await startProxy({ port });
  const store = await openStore(origin);
  const worker = startWorker('changed');
  let n = 0;
  const commit = async (times) => {
    for (let i = 0; i < times; i++, n++) {
      const turn = pause(plan.gap);
      // never the same flag twice: 7,919 and 10,000 share no factor
      const at = (n * 7919) % FLAGS;
      await store.commit([{ key: `flag-${at}`, next: definition(twoRules(`flag-${at}`, at, 'team')) }]);
      await turn;
    }
    await worker.ask('changed', n);
  };
  try {
    const { flags, first } = await worker.ask('follow', { ...where, url: proxy.through(where.url) });
    if (flags !== FLAGS) throw new Error(`${flags} flags followed, not ${FLAGS}`);
    await commit(warm);
    const others = watchOthers();
    const [toClient, toServer] = [proxy.bytesToClient, proxy.bytesToServer];
    await worker.ask('begin');
    await commit(count);
    const { cpu, rows, changed, events } = await worker.ask('end');
    const received = proxy.bytesToClient - toClient;
    const sent = proxy.bytesToServer - toServer;
    const share = others();
    await worker.ask('begin');
    await pause(count * plan.gap);
    const idle = await worker.ask('end');
    const found = { count, others: share, disturbed: isDisturbed(share) };
    return {
      cpu: { unit: 'ns', value: (cpu / count) * 1e6, idle: (idle.cpu / count) * 1e6, ...found },
      rows: { unit: 'rows', value: rows / count, ...found },
      recompiled: { unit: 'flags', value: changed / count, events, ...found },
      received: { unit: 'B', value: received / count, ...found },
      sent: { unit: 'B', value: sent / count, ...found },
      'first load': { unit: 'ns', value: first * 1e6, ...found },
    };
  } finally {
    await worker.stop();
    await store.close();
    await proxy.close();
  }
}
