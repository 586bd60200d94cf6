import { goOffline } from '../../offline.mjs';
import { now } from '../clock.mjs';

/** Answers the questions of `startWorker`; connects to this machine alone. */
export function answer(questions) {
  goOffline({ except: '127.0.0.1' });
  const all = { now, pid: () => process.pid, ...questions };
  process.on('message', async ({ question, args }) => {
    try {
      process.send({ answer: await all[question](...args) });
    } catch (error) {
      process.send({ error: error?.stack ?? String(error), code: error?.code });
    }
  });
  process.on('disconnect', () => process.exit());
}
