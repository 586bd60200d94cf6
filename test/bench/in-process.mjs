import { fork } from 'node:child_process';
import path from 'node:path';

const CHILD = path.join(import.meta.dirname, 'child.mjs');

/** The result of one scenario for one subject, measured in a process of its own. `effort` says how long. */
export function inProcess(scenario, name, effort) {
  const child = fork(
    CHILD,
    [JSON.stringify({ scenarioId: scenario.id, name, ms: effort.ms, rounds: effort.sdkRounds, quick: effort.quick })],
    {
      execArgv: ['--expose-gc', ...(scenario.execArgv ?? [])],
      env: { ...process.env, NODE_ENV: 'production' },
      silent: true,
    },
  );
  let noise = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (noise += chunk));
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), 120_000);
    let result;
    child.on('message', (message) => (result = message));
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      resolve(
        result ?? { failed: `ended with ${signal ?? code}: ${noise.trim().split('\n').slice(0, 5).join(' | ')}` },
      );
    });
  });
}
