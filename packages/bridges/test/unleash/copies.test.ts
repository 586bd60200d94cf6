import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { destroy, makeUnleash } from './clients.ts';
import { serving } from './flags.ts';
import { later, listener, resolverOf, serve, warnings } from './support.ts';

const eventually = (check: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(check, { timeout: 8_000, interval: 10 });

const always = [{ name: 'default', parameters: {}, constraints: [] }];
const OLD = { name: 'flag', enabled: false, strategies: always };

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'flagwright-unleash-'));
  later(() => rm(made, { recursive: true, force: true }));
  return made;
}

/** What a resolver answers for the flag. */
const answerOf = (resolver: ReturnType<typeof resolverOf>): unknown =>
  (resolver.resolve('boolean', 'flag', true, {}) as { errorCode?: string; value: boolean }).errorCode ??
  (resolver.resolve('boolean', 'flag', true, {}) as { value: boolean }).value;

it('a bootstrap from a file serves at once, stale until the server has answered', async () => {
  const server = await serve([{ name: 'flag' }, { name: 'new' }]);
  await server.turn('hang');
  const filePath = join(await folder(), 'flags.json');
  await writeFile(filePath, JSON.stringify({ version: 2, features: [OLD] }));
  const [resolver, told] = [resolverOf({ url: server.url, bootstrap: { filePath } }), listener()];
  await resolver.start(told);
  expect(told.said).toEqual(['stale UNAVAILABLE']);
  expect(told.causes[0]?.message).toContain('bootstrap');
  expect(answerOf(resolver)).toBe(false);
  await server.turn('good');
  await eventually(() => expect(told.said).toEqual(['stale UNAVAILABLE', 'changed flag new', 'ready']));
  expect(answerOf(resolver)).toBe(true);
});

it('a bootstrap that is given serves while the token is refused', async () => {
  const server = await serve();
  await server.turn(401);
  const [resolver, told] = [resolverOf({ url: server.url, bootstrap: { data: [OLD] } }), listener()];
  await resolver.start(told);
  await eventually(() => expect(told.said).toEqual(['stale UNAVAILABLE', 'stale UNAUTHORIZED']));
  expect(answerOf(resolver)).toBe(false);
});

it('a bootstrap that cannot be read is told, and not waited for', async () => {
  const warned = warnings();
  const server = await serve([{ name: 'flag' }]);
  const filePath = join(await folder(), 'missing.json');
  const [resolver, told] = [resolverOf({ url: server.url, bootstrap: { filePath } }), listener()];
  await resolver.start(told);
  await eventually(() => expect(warned).toEqual(['resolver unleash: the bootstrap could not be read']));
  expect([answerOf(resolver), told.said]).toEqual([true, []]);
});

it('without asking the server, a bootstrap is all there is', async () => {
  const server = await serve([{ name: 'flag' }]);
  const [resolver, told] = [
    resolverOf({ url: server.url, refreshInterval: 0, sendEvents: false, bootstrap: { data: [OLD] } }),
    listener(),
  ];
  await resolver.start(told);
  expect([answerOf(resolver), told.said, server.asked]).toEqual([false, ['stale UNAVAILABLE'], 0]);
});

it('a backup is written, and served to the next process while the server is away', async () => {
  const [server, backupPath] = [await serve([serving('flag', 'string', 'a'), { name: 'more' }]), await folder()];
  const options = { url: server.url, appName: 'my/shop', backupPath };
  const first = resolverOf(options);
  await first.start(listener());
  const file = join(backupPath, 'unleash-backup-my_shop.json');
  await eventually(async () =>
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ features: [{ name: 'flag' }, {}] }),
  );
  await first.stop();

  await server.turn(400);
  const [second, told] = [resolverOf(options), listener()];
  await second.start(told);
  expect(second.resolve('string', 'flag', '', {})).toMatchObject({ value: 'a', variant: 'only' });
  expect(told.said).toEqual(['stale UNAVAILABLE']);
  await server.turn('good');
  await eventually(() => expect(told.said).toEqual(['stale UNAVAILABLE', 'ready']));
});

it('no backup is kept where none was asked for', async () => {
  const server = await serve([{ name: 'flag' }]);
  const appName = `none-${process.pid}-${Date.now()}`;
  const resolver = resolverOf({ url: server.url, appName });
  await resolver.start(listener());
  await resolver.stop();
  expect((await readdir(tmpdir())).filter((name) => name.includes(appName))).toEqual([]);
});

it('a backup that cannot be written is told, and makes nothing stale', async () => {
  const warned = warnings();
  const server = await serve([{ name: 'flag' }]);
  const backupPath = join(await folder(), 'missing');
  const [resolver, told] = [resolverOf({ url: server.url, backupPath }), listener()];
  await resolver.start(told);
  await eventually(() => expect(warned).toEqual(['resolver unleash: the backup cannot be written (ENOENT)']));
  expect(told.said).toEqual([]);
});

it('a backup that is damaged is told, and the server asked', async () => {
  const warned = warnings();
  const [server, backupPath] = [await serve([{ name: 'flag' }]), await folder()];
  await writeFile(join(backupPath, 'unleash-backup-flagwright.json'), '{"features":[');
  await server.turn(400);
  const [resolver, told] = [resolverOf({ url: server.url, backupPath }), listener()];
  await expect(resolver.start(told)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(warned).toEqual(['resolver unleash: the backup is no JSON']);
  await server.turn('good');
  await eventually(() => expect(told.said).toEqual(['ready']));
  expect(answerOf(resolver)).toBe(true);
});

it('a client of the caller that has a bootstrap alone is stale, whatever it says of itself', async () => {
  const server = await serve([{ name: 'flag' }]);
  await server.turn('hang');
  const client = makeUnleash({ url: server.url, bootstrap: { data: [OLD as never] } });
  later(() => destroy(client));
  await eventually(() => expect(client.isSynchronized()).toBe(true));
  const [resolver, told] = [resolverOf({ client }), listener()];
  await resolver.start(told);
  expect([answerOf(resolver), told.said]).toEqual([false, ['stale UNAVAILABLE']]);
  await server.turn('good');
  await eventually(() => expect(told.said).toEqual(['stale UNAVAILABLE', 'changed flag', 'ready']));
});
