import { compile, type Snapshot } from '@flagwright/core';
import { until } from '@flagwright/test-servers';
import { afterEach, describe, expect, it } from 'vitest';
import { Problem } from '../http/problem.ts';
import type { Watcher } from '../sets/flag-sets.ts';
import { streamShares } from '../sets/stream-shares.ts';
import { type EventHub, eventHub, type Listener } from './event-hub.ts';

const set = { project: 'shop', stage: 'production' };
const at = (revision: string): Snapshot => compile({ document: {}, revision });

const open: EventHub[] = [];
afterEach(() => {
  for (const hub of open.splice(0)) hub.close();
});

/** Streams over one set, of which is told by hand. */
function hubOver(options: { readonly age?: number; readonly heartbeat?: number; readonly most?: number } = {}) {
  const { age = 3_600_000, heartbeat = 60_000, most = 10 } = options;
  const watchers = new Set<Watcher>();
  let current = at('1');
  const hub = eventHub({
    sets: {
      async watch(_name, watcher) {
        watchers.add(watcher);
        return { snapshot: current, age, stop: () => watchers.delete(watcher) };
      },
    },
    heartbeat,
    shares: streamShares({ all: most }),
  });
  open.push(hub);
  return {
    hub,
    watchers,
    change(revision: string) {
      current = at(revision);
      for (const watcher of [...watchers]) watcher.changed(current);
    },
    listen: (listener: Partial<Listener> = {}) =>
      hub.open({
        set,
        expires: Date.now() + 3_600_000,
        lastEventId: undefined,
        signal: new AbortController().signal,
        ...listener,
      }),
  };
}

/** Reads what comes, until `enough`. */
async function heard(stream: ReadableStream<Uint8Array>, enough: (text: string) => boolean): Promise<string> {
  const reader = stream.getReader();
  let text = '';
  for (;;) {
    if (enough(text)) {
      reader.releaseLock();
      return text;
    }
    const { done, value } = await reader.read();
    if (done) throw new Error(`the stream ended after ${JSON.stringify(text)}`);
    text += Buffer.from(value).toString();
  }
}

const eventOf = (revision: string): string =>
  `id: ${revision}\nevent: message\ndata: {"type":"refetchEvaluation","etag":"${revision}"}\n\n`;

describe('an event stream', () => {
  it('says at once that it is there, and which revision is known, and then what changes', async () => {
    const { listen, change } = hubOver();
    const stream = await listen();
    expect(await heard(stream, (text) => text.includes('id'))).toBe('retry: 2000\n\nid: 1\n\n');
    change('2');
    expect(await heard(stream, (text) => text !== '')).toBe(eventOf('2'));
  });

  it.each([
    ['who has heard the last', 0, '1', false],
    ['who has heard another', 3_600_000, '0', true],
    ['who is new, long after the last change', 3_600_000, undefined, false],
    ['who is new, soon after a change', 100, undefined, true],
  ])('%s', async (_who, age, lastEventId, told) => {
    const stream = await hubOver({ age }).listen({ lastEventId });
    const text = await heard(stream, (said) => said.includes('id'));
    expect(text.endsWith(eventOf('1'))).toBe(told);
  });

  it('who does not read is told the last change, and nothing piles up', async () => {
    const { listen, change } = hubOver({ heartbeat: 5 });
    const stream = await listen();
    const reading = await listen();
    for (let i = 2; i <= 1_000; i++) change(String(i));
    await heard(reading, (said) => said.split('\n\n:').length > 5);
    const text = await heard(stream, (said) => said.includes('"1000"'));
    expect(text.split('event: message').length - 1).toBeLessThanOrEqual(2);
    expect(text.length).toBeLessThan(500);
  });

  it('speaks even if nothing changes', async () => {
    const stream = await hubOver({ heartbeat: 5 }).listen();
    expect(await heard(stream, (said) => said.includes(':\n\n:\n\n'))).toContain('id: 1');
  });

  it.each<[string, (of: ReturnType<typeof hubOver>, aborter: AbortController) => void]>([
    ['the client is gone', (_, aborter) => aborter.abort()],
    ['the set is gone', ({ watchers }) => [...watchers][0]!.ended()],
    ['the server shuts down', ({ hub }) => hub.close()],
  ])('ends when %s, and is listened to no longer', async (_why, end) => {
    const of = hubOver();
    const aborter = new AbortController();
    const stream = await of.listen({ signal: aborter.signal });
    expect([of.hub.streams, of.watchers.size]).toEqual([1, 1]);
    end(of, aborter);
    expect([of.hub.streams, of.watchers.size]).toEqual([0, 0]);
    await expect(new Response(stream).text()).resolves.toBe('retry: 2000\n\nid: 1\n\n');
  });

  it('ends when its address expires', async () => {
    const { hub, watchers, listen } = hubOver({ heartbeat: 5 });
    const stream = await listen({ expires: Date.now() + 20 });
    await new Response(stream).text();
    expect([hub.streams, watchers.size]).toEqual([0, 0]);
  });

  it('is over when the client cancels it', async () => {
    const { hub, watchers, listen } = hubOver();
    await (await listen()).cancel();
    await until('nobody listens', () => hub.streams === 0 && watchers.size === 0);
  });

  it('ends at once for a client that was gone before it began', async () => {
    const { hub, watchers, listen } = hubOver();
    const stream = await listen({ signal: AbortSignal.abort() });
    await new Response(stream).text();
    expect([hub.streams, watchers.size]).toEqual([0, 0]);
  });

  it('there are only so many, also of those that begin at the same time', async () => {
    const { hub, listen } = hubOver({ most: 3 });
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => listen()));
    expect(results.map(({ status }) => status).sort()).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    expect(hub.streams).toBe(3);
  });

  it('of a set that cannot be listened to there is none', async () => {
    const hub = eventHub({
      sets: { watch: () => Promise.reject(new Problem('NOT_FOUND', 'there is no such set')) },
      heartbeat: 1_000,
      shares: streamShares({ all: 1 }),
    });
    open.push(hub);
    const ask = (): Promise<unknown> =>
      hub.open({ set, expires: Date.now() + 1_000, lastEventId: undefined, signal: new AbortController().signal });
    await expect(ask()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(ask()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(hub.streams).toBe(0);
  });
});
