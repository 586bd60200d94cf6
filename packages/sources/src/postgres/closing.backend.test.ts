import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { bundleProgram, startProxy, type TcpProxy, until } from '@flagwright/test-servers';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ear, expectCode, put, type TestDatabase, testDatabase } from '../../test/postgres/support.ts';
import { migrate, postgresStore } from './index.ts';

// What is closed is gone, and keeps no process alive, whatever the server does.

let database: TestDatabase;

beforeAll(async () => {
  database = await testDatabase();
  await migrate({ connectionString: database.url });
});
afterAll(() => database.drop());

/** A proxy before the server. */
async function proxied(): Promise<{ readonly proxy: TcpProxy; readonly url: string }> {
  const proxy = await startProxy(database);
  onTestFinished(() => proxy.close());
  return { proxy, url: proxy.through(database.url) };
}

describe('a process', () => {
  const here = (file: string): string => JSON.stringify(fileURLToPath(new URL(file, import.meta.url)));
  const PROGRAM = `
    import { once } from 'node:events';
    import { setTimeout as sleep } from 'node:timers/promises';
    import pg from ${JSON.stringify(import.meta.resolve('pg'))};
    import { follow } from ${here('../../../core/src/index.ts')};
    import { postgresStore } from ${here('index.ts')};
    const [task, ms, connectionString] = process.argv.slice(2);
    if (task === 'follower') {
      const follower = follow(postgresStore({ connectionString }));
      if (ms !== '0') await sleep(Number(ms));
      await follower.close();
    } else if (task === 'told') {
      const follower = follow(postgresStore({ connectionString, heartbeat: Number(ms) }));
      await follower.ready().catch(() => undefined);
      process.send('ready');
      await once(process, 'message');
      process.disconnect();
      await follower.close();
    } else {
      const pool = new pg.Pool({ connectionString });
      const store = postgresStore({ pool });
      await store.subscribe({ changed() {}, failed() {} });
      const ended = pool.end();
      await store.close();
      await ended;
    }
    console.log('closed');
  `;
  let program: Awaited<ReturnType<typeof bundleProgram>>;
  beforeAll(async () => {
    program = await bundleProgram({ text: PROGRAM });
  });
  afterAll(() => program.remove());

  function start(task: string, ms: number, url: string): { readonly child: ChildProcess; ended(): Promise<unknown> } {
    const child = spawn(process.execPath, [program.path, task, String(ms), url], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      timeout: 15_000,
      killSignal: 'SIGKILL',
    });
    let printed = '';
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    const closed = once(child, 'close');
    return { child, ended: async () => [((await closed) as [number | null])[0], printed] };
  }

  it.each([
    ['a follower', 'follower', 0],
    ['a follower', 'follower', 15],
    ['a follower', 'follower', 40],
    ['a store whose pool is being ended', 'pool', 0],
  ])('ends by itself, and goes on after, when %s is closed: %s, after %i ms', async (_, task, ms) => {
    expect(await start(task, ms, database.url).ended()).toEqual([0, 'closed\n']);
  });

  it.each<[string, number, (proxy: TcpProxy) => Promise<void>]>([
    ['says nothing more', 5_000, async (proxy) => proxy.freeze()],
    [
      'says nothing more, and was connected to again',
      200,
      async (proxy) => {
        proxy.freeze();
        const { connections } = proxy;
        await until('it connects again', () => proxy.connections > connections);
      },
    ],
  ])('ends soon when the server %s', async (_, heartbeat, strike) => {
    const { proxy, url } = await proxied();
    const { child, ended } = start('told', heartbeat, url);
    await once(child, 'message');
    await strike(proxy);
    child.send('close');
    const since = performance.now();
    expect(await ended()).toEqual([0, 'closed\n']);
    expect(performance.now() - since).toBeLessThan(3_000);
  });
});

it('a pool of the application is rid of the connection for hints though the server says nothing', async () => {
  const { proxy, url } = await proxied();
  const pool = database.pool({ connectionString: url });
  const store = postgresStore({ pool });
  await store.subscribe!(ear());
  proxy.freeze();
  const removed = once(pool, 'remove');
  await store.close!();
  const since = performance.now();
  await removed;
  expect(performance.now() - since).toBeLessThan(2_000);
  proxy.thaw();
});

it('a commit under way is waited for', async () => {
  const store = postgresStore({ connectionString: database.url });
  await store.commit([put('a', 1)]);
  const client = await database.client();
  await client.query('begin; update feature_flags set key = key where false');
  const commit = store.commit([put('a', 2)]);
  const waiting = `select 1 from pg_stat_activity where datname = '${database.name}' and wait_event = 'advisory'`;
  await until('it waits', async () => (await database.sql(waiting)).length > 0);
  const late = store.commit([put('a', 3)]);
  late.catch(() => undefined);
  let closed = false;
  const closing = store.close!().then(() => {
    closed = true;
  });
  await expectCode(late, 'NOT_READY');
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(closed).toBe(false);
  await client.query('rollback');
  await commit;
  await closing;
});
