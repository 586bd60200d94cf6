import { type ChildProcess, spawn } from 'node:child_process';
import { FlagError } from '@flagwright/core';

/** Tries texts that might end the process that parses them. */
export interface Probe {
  /**
   * Whether a text can be parsed at all; false if whoever tried has died of it. Of one at a time. Throws
   * `FlagError('UNAVAILABLE')` if nothing can be tried here.
   */
  survives(path: string, text: string, ways: readonly object[]): Promise<boolean>;
  close(): void;
}

/** MiB: less than any thread of Node has, so that what passes here passes there. */
const STACK = 3;

/** Parses what it is sent, and says when that is done. What is wrong with a text is nothing to it. */
const THREAD = `
const { parentPort, workerData } = require('node:worker_threads');
import(workerData).then(({ parseSync }) => {
  parentPort.on('message', ({ path, text, ways }) => {
    for (const way of ways) try { parseSync(path, text, way).program; } catch {}
    parentPort.postMessage('done');
  });
  parentPort.postMessage('ready');
});
`;

/** A process of its own, for nothing less outlives the overflow of a stack in native code. */
const CHILD = `
const { Worker } = require('node:worker_threads');
const thread = new Worker(${JSON.stringify(THREAD)}, {
  eval: true,
  workerData: process.argv[1],
  resourceLimits: { stackSizeMb: ${STACK} },
});
thread.on('message', (message) => process.send(message));
process.on('message', (message) => thread.postMessage(message));
process.on('disconnect', () => process.exit());
`;

/** A probe for a parser, by the URL of its module. Starts nothing before something is tried. */
export function probeOf(parser: string): Probe {
  let child: ChildProcess | undefined;

  /** What the child says next; undefined if it ends. */
  const said = (from: ChildProcess): Promise<unknown> =>
    new Promise((resolve) => {
      const end = (message?: unknown): void => {
        from.off('message', end).off('exit', gone).off('error', gone);
        resolve(message);
      };
      const gone = (): void => end();
      from.on('message', end).on('exit', gone).on('error', gone);
    });

  const started = async (): Promise<ChildProcess> => {
    const one = spawn(process.execPath, ['-e', CHILD, parser], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    // what is sent to it when it is gone; `said` tells of that
    one.on('error', () => undefined);
    if ((await said(one)) === 'ready') return one;
    throw new FlagError(
      'UNAVAILABLE',
      'checkGates tries long sources in a process of its own, and none can be started here',
    );
  };

  const close = (): void => {
    if (child?.connected === true) child.disconnect();
    child = undefined;
  };

  return {
    survives: async (path, text, ways) => {
      child ??= await started();
      const answer = said(child);
      child.send({ path, text, ways }, () => undefined);
      if ((await answer) === 'done') return true;
      close();
      return false;
    },
    close,
  };
}
