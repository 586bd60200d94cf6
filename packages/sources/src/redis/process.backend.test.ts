import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, startProxy, startRedis } from '@flagwright/test-servers';
import { afterEach, beforeAll, describe, expect, inject, it } from 'vitest';

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));
const TSC = fileURLToPath(new URL('../../../../node_modules/.bin/tsc', import.meta.url));

const cleanup: (() => unknown)[] = [];

beforeAll(async () => {
  // a process of its own runs what is built
  const [code] = (await once(spawn(TSC, ['-b', PACKAGE], { stdio: 'ignore' }), 'exit')) as [number];
  expect(code).toBe(0);
}, 120_000);

afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo();
});

/**
 * How a process with this program ended by itself. `idle` is how long it lived on after its last line, in ms; `onOutput` is
 * told all that it has printed so far.
 */
async function run(
  program: string,
  env: NodeJS.ProcessEnv = {},
  onOutput?: (output: string) => void,
): Promise<{ code: number | null; lines: readonly string[]; errors: string; idle: number }> {
  const head = "import { redisStore } from '@flagwright/sources/redis'; import { Redis } from 'ioredis';";
  const child = spawn(process.execPath, ['--input-type=module', '-e', `${head}\n${program}`], {
    cwd: PACKAGE,
    env: { ...process.env, ...env },
  });
  const limit = setTimeout(() => child.kill('SIGKILL'), 15_000);
  let [output, errors, last] = ['', '', 0];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    last = performance.now();
    onOutput?.(output);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(limit);
  return { code, lines: output.trim().split('\n'), errors, idle: performance.now() - last };
}

const GONE = { code: 0, errors: '' };
const quote = (options: unknown): string => JSON.stringify(options);

describe('a process', () => {
  it('ends after it has closed its store', async () => {
    const outcome = await run(`
      const store = redisStore(${quote({ url: inject('redisUrl'), project: 'process' })});
      await store.commit([]);
      await store.subscribe({ changed() {}, failed() {} });
      console.log((await store.read()).revision !== '');
      await store.close();
      console.log('closed');`);
    expect(outcome).toMatchObject({ ...GONE, lines: ['true', 'closed'] });
    expect(outcome.idle).toBeLessThan(1_000);
  });

  it('ends when it has nothing else to do, closed or not', async () => {
    const outcome = await run(`
      const store = redisStore(${quote({ url: inject('redisUrl'), project: 'process' })});
      await store.commit([]);
      await store.subscribe({ changed() {}, failed() {} });
      console.log((await store.read()).revision !== '');`);
    expect(outcome).toMatchObject({ ...GONE, lines: ['true'] });
    expect(outcome.idle).toBeLessThan(1_000);
  });

  it('ends when its Redis is away', async () => {
    const outcome = await run(`
      const store = redisStore({ url: 'redis://127.0.0.1:${await freePort()}' });
      console.log(await store.read().catch(({ code }) => code));`);
    expect(outcome).toMatchObject({ ...GONE, lines: ['UNAVAILABLE'] });
    expect(outcome.idle).toBeLessThan(1_000);
  });

  it('waits for an answer until the time limit, and no longer', async () => {
    const proxy = await startProxy({ port: Number(new URL(inject('redisUrl')).port) });
    cleanup.push(() => proxy.close());
    proxy.freeze();
    const outcome = await run(`
      const store = redisStore(${quote({ url: proxy.through(inject('redisUrl')), timeout: 700 })});
      const codes = [store.read(), store.commit([]), store.subscribe({ changed() {}, failed() {} })].map((p) => p.catch(({ code }) => code));
      console.log(String(await Promise.all(codes)));`);
    expect(outcome).toMatchObject({ ...GONE, lines: ['UNAVAILABLE,UNAVAILABLE,UNAVAILABLE'] });
    expect(outcome.idle).toBeLessThan(1_000);
  });

  it('ends after it has closed a store whose Redis no longer answers', async () => {
    const proxy = await startProxy({ port: Number(new URL(inject('redisUrl')).port) });
    cleanup.push(() => proxy.close());
    // both connections are there, and nothing is asked that would wait for the whole time limit
    let connections = 0;
    const freeze = (output: string): void => {
      if (output !== 'subscribed\n') return;
      connections = proxy.connections;
      proxy.freeze();
    };
    const program = `
      const store = redisStore(${quote({ url: proxy.through(inject('redisUrl')), project: 'process', timeout: 60_000 })});
      await store.commit([]);
      await store.subscribe({ changed() {}, failed() {} });
      console.log('subscribed');
      for (let frozen = false; !frozen; ) {
        const signal = AbortSignal.timeout(300);
        frozen = await store.read(undefined, signal).then(() => false, () => true);
      }
      await store.close();
      console.log('closed');`;
    const outcome = await run(program, {}, freeze);
    expect(connections).toBe(2);
    expect(outcome).toMatchObject({ ...GONE, lines: ['subscribed', 'closed'] });
    expect(outcome.idle).toBeLessThan(1_000);
  });

  it('speaks TLS, to whom it trusts', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'flagwright-tls-'));
    cleanup.push(() => rm(folder, { recursive: true, force: true }));
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', certificate];
    execFileSync('openssl', [...made, ...subject], { stdio: 'ignore' });
    const port = await freePort();
    const tls = ['--tls-port', String(port), '--tls-auth-clients', 'no', '--tls-cert-file', certificate];
    const server = await startRedis({ args: [...tls, '--tls-key-file', key, '--tls-ca-cert-file', certificate] });
    cleanup.push(() => server.stop());
    const program = `
      const store = redisStore({ url: 'rediss://localhost:${port}/2' });
      await store.commit([]).then(() => store.subscribe({ changed() {}, failed() {} })).then(
        () => console.log('done'),
        ({ code }) => console.log(code),
      );`;
    expect(await run(program, { NODE_EXTRA_CA_CERTS: certificate })).toMatchObject({ ...GONE, lines: ['done'] });
    expect(await run(program)).toMatchObject({ ...GONE, lines: ['UNAVAILABLE'] });
  });

  it('with a client of its own closes both', async () => {
    const outcome = await run(`
      const client = new Redis(${quote(inject('redisUrl'))});
      const store = redisStore({ client, project: 'process' });
      await store.commit([]);
      await store.subscribe({ changed() {}, failed() {} });
      await store.close();
      client.disconnect();
      console.log('closed');`);
    expect(outcome).toMatchObject({ ...GONE, lines: ['closed'] });
    expect(outcome.idle).toBeLessThan(1_000);
  });
});
