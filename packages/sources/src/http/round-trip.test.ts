import type { FlagDocument, FlagSet, FlagSource } from '@flagwright/core';
import { FlagError } from '@flagwright/core';
import { until } from '@flagwright/test-servers';
import { afterEach, expect, it } from 'vitest';
import { serve } from '../../test/http/support.ts';
import { observers } from '../observers.ts';
import { httpSource, nodeHandler, storeHandler } from './index.ts';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** A source behind so many servers, each of which reads the one before. */
async function behind(source: FlagSource, servers: number): Promise<FlagSource> {
  let last = source;
  for (let i = 0; i < servers; i++) {
    const { url, close } = await serve(nodeHandler(storeHandler(last, { heartbeat: 1_000 })));
    const next = httpSource({ url });
    open.push(close, async () => next.close?.());
    last = next;
  }
  return last;
}

const setOf = (revision: string, more: Partial<FlagSet> = {}): FlagSet => ({
  document: { flags: { a: { default: 1 } } } as FlagDocument,
  revision,
  ...more,
});

it.each(['1.2', 'a+b%2B', '~', '日本 "😀" %', '\ud83d\r\n\0', 'x'.repeat(5_000)])(
  'the revision %.20j is the same behind three servers',
  async (revision) => {
    const far = await behind({ name: 'test', read: async () => setOf(revision) }, 3);
    const set = await far.read();
    expect(set.revision).toBe(revision);
    expect(await far.read(set)).toBe(set);
  },
);

it('that a set is stale, since when and why, is the same behind three servers, and so is that it is not', async () => {
  const cause = new FlagError('PARSE_ERROR', 'flags.yaml:3:7: ein Übel; expected 日本');
  let set = setOf('r1', { stale: { since: 1_700_000_000_123, cause } });
  const far = await behind({ name: 'test', read: async () => set }, 3);
  const first = await far.read();
  const told = { since: 1_700_000_000_123, cause: { name: 'FlagError', code: cause.code, message: cause.message } };
  expect(first.stale).toMatchObject(told);
  expect((await far.read(first)).stale).toMatchObject(told);
  set = setOf('r1');
  const fresh = await far.read(first);
  expect(fresh.stale).toBeUndefined();
  expect(fresh.document).toBe(first.document);
});

it('an error is the same behind three servers, with the wait it asks for', async () => {
  const error = new FlagError('NOT_FOUND', 'there is no set "shop/日"', { retryAfter: 2_500 });
  const far = await behind({ name: 'test', read: () => Promise.reject(error) }, 3);
  await expect(far.read()).rejects.toMatchObject({ code: 'NOT_FOUND', message: error.message, retryAfter: 3_000 });
});

it('a hint passes three servers, and what is read after it is new', async () => {
  const listening = observers();
  let n = 0;
  const source: FlagSource = {
    name: 'test',
    read: async () => setOf(`r${n}`),
    subscribe: (observer) => listening.add(observer),
  };
  const far = await behind(source, 3);
  const read: (readonly [number, string])[] = [];
  let reading = Promise.resolve();
  await far.subscribe!({
    failed: (cause) => expect.fail(String(cause)),
    changed() {
      const known = n;
      reading = reading.then(async () => void read.push([known, (await far.read()).revision]));
    },
  });
  for (let i = 0; i < 30; i++) {
    n++;
    listening.changed();
    await until('it was hinted at and read', () => read.some(([, revision]) => revision === `r${n}`), 5_000);
  }
  await reading;
  for (const [known, revision] of read) expect(Number(revision.slice(1))).toBeGreaterThanOrEqual(known);
});
