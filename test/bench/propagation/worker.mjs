import { fork } from 'node:child_process';
import path from 'node:path';

/** No question takes longer, in ms. */
const PATIENCE = 120_000;

/**
 * A process of its own that runs `workers/<name>.mjs` of a folder and answers questions, one at a time. Its end is the
 * answer to all that is open.
 */
export function startWorker(name, { execArgv = [], folder = import.meta.dirname } = {}) {
  const child = fork(path.join(folder, 'workers', `${name}.mjs`), {
    execArgv,
    env: { ...process.env, NODE_ENV: 'production' },
    silent: true,
  });
  let noise = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (noise += chunk));
  let waiting;
  const settle = (outcome) => {
    clearTimeout(waiting?.timer);
    const told = waiting;
    waiting = undefined;
    if (outcome.error === undefined) told?.resolve(outcome.answer);
    else told?.reject(Object.assign(new Error(outcome.error), { code: outcome.code }));
  };
  child.on('message', settle);
  const ended = new Promise((resolve) => child.on('exit', resolve));
  child.on('exit', (code, signal) => {
    settle({ error: `${name} ended with ${signal ?? code}: ${noise.trim().split('\n').slice(0, 5).join(' | ')}` });
  });
  return {
    ask: (question, ...args) =>
      new Promise((resolve, reject) => {
        if (child.exitCode !== null || child.signalCode !== null)
          return reject(new Error(`${name} has ended: ${noise}`));
        const late = () => settle({ error: `${name} did not answer ${question} within ${PATIENCE} ms` });
        waiting = { resolve, reject, timer: setTimeout(late, PATIENCE) };
        child.send({ question, args });
      }),
    /** Ends it; resolves when it is gone. */
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
