import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { serve } from './support.ts';

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));
const TSC = fileURLToPath(new URL('../../../../node_modules/.bin/tsc', import.meta.url));

beforeAll(async () => {
  // a process of its own runs what is built
  const [code] = (await once(spawn(TSC, ['-b', PACKAGE], { stdio: 'ignore' }), 'exit')) as [number];
  expect(code).toBe(0);
}, 120_000);

interface Outcome {
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly errors: string;
  /** How long it lived on after its last line, in ms. */
  readonly idle: number;
}

/** How a process with this program ended by itself. */
async function run(program: string, env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const head = `
    import { unleashResolver } from '@flagwright/bridges/unleash';
    const events = { ready() { console.log('ready'); }, changed() {}, stale(e) { console.log('stale', e.code); }, error() {} };`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', `${head}\n${program}`], {
    cwd: PACKAGE,
    env: { ...process.env, NODE_ENV: 'production', ...env },
  });
  const limit = setTimeout(() => child.kill('SIGKILL'), 15_000);
  let [output, errors, last] = ['', '', performance.now()];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    last = performance.now();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(limit);
  return { code, lines: output.trim().split('\n'), errors, idle: performance.now() - last };
}

const GONE = { code: 0, errors: '' };
const start = (url: string, more: object = {}): string =>
  `const resolver = unleashResolver(${JSON.stringify({ url, refreshInterval: 50, ...more })}); await resolver.start(events);`;

it.each(['production', 'test'])('a process ends after it has stopped its resolver, NODE_ENV=%s', async (NODE_ENV) => {
  const server = await serve([{ name: 'flag' }]);
  const program = `${start(server.url)} console.log(resolver.resolve('boolean', 'flag', false, {}).value);
    await resolver.stop(); console.log('stopped');`;
  const { idle, ...outcome } = await run(program, { NODE_ENV });
  expect(outcome).toEqual({ ...GONE, lines: ['true', 'stopped'] });
  expect(idle).toBeLessThan(2_000);
});

it('a process ends though its resolver goes on', async () => {
  const server = await serve([{ name: 'flag' }]);
  const { idle, ...outcome } = await run(`${start(server.url, { refreshInterval: 500 })} console.log('started');`);
  expect(outcome).toEqual({ ...GONE, lines: ['started'] });
  expect(idle).toBeLessThan(2_000);
});

it('a process ends though its server refuses it', async () => {
  const server = await serve();
  await server.turn(401);
  const program = `const resolver = unleashResolver({ url: '${server.url}' });
    await resolver.start(events).catch((error) => console.log(error.code));`;
  const { idle, ...outcome } = await run(program);
  expect(outcome).toEqual({ ...GONE, lines: ['UNAUTHORIZED'] });
  expect(idle).toBeLessThan(2_000);
});

// by itself, the client listens no more when it is destroyed, so that the error ends the process
it.each(['first', 'later'])('a %s request that fails after the resolver was stopped does no harm', async (when) => {
  const server = await serve([{ name: 'flag' }]);
  const options = JSON.stringify({ url: server.url, refreshInterval: 20, sendEvents: false });
  const refuse = `await fetch('${server.url}/refuse-late');`;
  const { idle, ...outcome } = await run(`
    ${when === 'first' ? refuse : ''}
    const resolver = unleashResolver(${options});
    const starting = resolver.start(events).catch((error) => console.log(error.code));
    ${when === 'later' ? `await starting; ${refuse}` : ''}
    await new Promise((go) => setTimeout(go, 150));
    await resolver.stop();
    await new Promise((go) => setTimeout(go, 600));
    console.log('alive');`);
  expect(outcome).toEqual({ ...GONE, lines: when === 'first' ? ['NOT_READY', 'alive'] : ['alive'] });
  expect(server.asked).toBeGreaterThan(0);
  expect(idle).toBeLessThan(2_000);
});
