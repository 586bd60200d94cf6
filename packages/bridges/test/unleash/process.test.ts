import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleProgram, type Program } from '../../../../test/servers/src/program.ts';
import { ended } from '../ended.ts';
import { startServer, type UnleashServer } from './server.ts';

let program: Program;

beforeAll(async () => {
  program = await bundleProgram({
    file: fileURLToPath(new URL('program.ts', import.meta.url)),
    external: ['unleash-client'],
    nodeModules: fileURLToPath(new URL('../../node_modules', import.meta.url)),
  });
});
afterAll(() => program.remove());

/** How a process with this task ended by itself, and how long it lived on after its last line, in ms. */
async function run(task: string, server: UnleashServer, env: NodeJS.ProcessEnv) {
  return ended([program.path, task, server.url], { ...process.env, NODE_ENV: 'production', ...env }, 15_000);
}

describe.concurrent('a process', () => {
  it.each<[string, string, number, NodeJS.ProcessEnv, readonly string[]]>([
    ['ends after it has stopped its resolver', 'stop', 200, {}, ['started', 'true', 'done']],
    [
      'ends after it has stopped its resolver in a test',
      'stop',
      200,
      { NODE_ENV: 'test' },
      ['started', 'true', 'done'],
    ],
    ['ends though its resolver goes on', 'leave', 200, {}, ['started', 'true', 'done']],
    ['ends though its server refuses it', 'leave', 401, {}, ['UNAUTHORIZED', 'false', 'done']],
    // nothing else keeps it: the client asks nobody
    ['does not end before its start is settled', 'wait', 200, {}, ['UNAVAILABLE', 'false', 'done']],
    // by itself, the client listens no more when it is destroyed, so that the error would end the process
    ['bears with a first request that fails after the stop', 'first', 200, {}, ['NOT_READY', 'done']],
    ['bears with a later request that fails after the stop', 'later', 200, {}, ['started', 'done']],
  ])('%s', async (_what, task, status, env, lines) => {
    const server = await startServer([{ name: 'flag' }]);
    try {
      if (status !== 200) await server.turn(status);
      const { idle, ...outcome } = await run(task, server, env);
      expect(outcome).toEqual({ code: 0, errors: '', lines });
      expect(idle).toBeLessThan(2_000);
    } finally {
      await server.close();
    }
  });
});
