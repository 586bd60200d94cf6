import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bundleProgram, type Program } from '../../../../test/servers/src/program.ts';
import { ended } from '../ended.ts';
import { type Mode, type StreamServer, streamServer, wireFlag } from './stream-server.ts';

const PACKAGES = ['@launchdarkly/node-server-sdk', 'launchdarkly-node-server-sdk'];

let program: Program;
let server: StreamServer;

beforeAll(async () => {
  program = await bundleProgram({
    file: fileURLToPath(new URL('program.ts', import.meta.url)),
    external: PACKAGES,
    nodeModules: fileURLToPath(new URL('../../node_modules', import.meta.url)),
  });
});
afterAll(() => program.remove());
beforeEach(async () => {
  server = await streamServer([wireFlag('on', true)]);
});
afterEach(() => server.close());

/** What a process said, and how long it lived on after its last line, in ms. */
async function run(task: string, mode: Mode, name: string) {
  server.mode = mode;
  const patience = mode === 'serve' || mode === 401 ? '5000' : '200';
  const args = [program.path, task, server.url, name, patience];
  return ended(args, process.env, 10_000);
}

describe.each(PACKAGES)('a process with %s', (name) => {
  it.each<[string, Mode, string]>([
    ['has stopped', 'serve', 'started true'],
    ['has stopped what never started', 'hang', 'UNAVAILABLE false'],
    ['has stopped what is tried again', 503, 'UNAVAILABLE false'],
  ])('ends once it %s', async (_what, mode, line) => {
    const { idle, ...outcome } = await run('stop', mode, name);
    expect(outcome).toEqual({ code: 0, errors: '', lines: [line, 'done'] });
    expect(idle).toBeLessThan(2_000);
  });

  it('ends if its key is refused, though that is tried again', async () => {
    const { idle, ...outcome } = await run('leave', 401, name);
    expect(outcome).toEqual({ code: 0, errors: '', lines: ['UNAUTHORIZED false', 'done'] });
    expect(idle).toBeLessThan(2_000);
  });
});
