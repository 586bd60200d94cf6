import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundleProgram, type Program } from '../../../test/servers/src/program.ts';

// Programs with a shadow are run as processes of their own: do they end when they are done, with nothing stopped, and
// do they go on after a stop?

const shadowFile = JSON.stringify(fileURLToPath(new URL('../src/shadow/index.ts', import.meta.url)));

const PROGRAM = `
import { shadow } from ${shadowFile};

const [task] = process.argv.slice(2);
const never = () => new Promise(() => undefined);
const answer = (value) => ({ value, reason: 'STATIC', flagMetadata: {} });
const resolver = (resolve, more) => ({ name: 'x', resolve, ...more });
const candidates = {
  'is asked': resolver(() => answer(true)),
  'hangs at the start': resolver(() => answer(true), { start: never, stop: never }),
  hangs: resolver(never),
  settles: resolver(() => answer(false)),
  stops: resolver(() => answer(true)),
  'has much to do': resolver(() => {
    for (const end = performance.now() + 5; performance.now() < end; );
    return answer(true);
  }),
};
const events = { ready() {}, changed() {}, stale() {}, error() {} };
const tried = shadow(resolver(() => answer(true)), candidates[task], { sample: 1, timeout: 60_000, settle: 60_000 });
if (task === 'stops') {
  const slow = { ...candidates[task], stop: never };
  const stopped = shadow(resolver(() => answer(true)), slow, { timeout: 200 });
  await stopped.start(events);
  await stopped.stop();
  console.log('went on after', stopped.report().candidate.error);
  process.exit(0);
}
await tried.start(events);
await new Promise((resolve) => setTimeout(resolve, 20));
for (let i = 0; i < 1_000; i++) tried.resolve('boolean', 'flag', false, {});
await new Promise((resolve) => setTimeout(resolve, 20));
process.on('exit', () => console.log(tried.report().candidate.status, tried.report().compared < 1_000));
`;

let program: Program | undefined;
beforeAll(async () => {
  program = await bundleProgram({ text: PROGRAM });
});
afterAll(() => program?.remove());

it.each([
  ['is asked', 'ready'],
  ['hangs at the start', 'starting'],
  ['hangs', 'ready'],
  ['settles', 'ready'],
  ['has much to do', 'ready true'],
])('a program ends whose candidate %s', async (task, expected) => {
  const child = spawn(process.execPath, [program!.path, task], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 15_000,
    killSignal: 'SIGKILL',
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    printed += String(text);
  });
  const began = performance.now();
  const [code] = (await once(child, 'close')) as [number | null];
  expect(code).toBe(0);
  expect(printed).toContain(expected);
  // far from the minute that something is waited for, and from the 5 s of what is left undone
  expect(performance.now() - began).toBeLessThan(4_000);
});

it('a program goes on after the stop of a candidate that hangs in it', async () => {
  const child = spawn(process.execPath, [program!.path, 'stops'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    printed += String(text);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  expect([code, printed.trim()]).toEqual([0, 'went on after no end within 200 ms']);
});
