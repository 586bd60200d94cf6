import type { FlagDocument, ResolutionDetails, Resolver, ResolverEvents } from '@flagwright/core';
import { FlagError } from '@flagwright/core';
import { createProvider, sourceResolver, switching } from '@flagwright/provider';
import { memoryStore } from '@flagwright/sources/memory';
import { OpenFeature, ProviderEvents, ProviderStatus } from '@openfeature/server-sdk';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { handSource, refused } from './support.ts';

interface HandResolver extends Resolver {
  readonly calls: string[];
  readonly tracked: string[];
  events: ResolverEvents | undefined;
}

/** A resolver a test holds in its hand. */
function hand(name: string, over: Partial<Resolver> = {}): HandResolver {
  const made: HandResolver = {
    name,
    calls: [],
    tracked: [],
    events: undefined,
    async start(events) {
      made.calls.push('start');
      made.events = events;
    },
    async stop() {
      made.calls.push('stop');
    },
    track: (event) => void made.tracked.push(event),
    resolve: () => ({ value: name, reason: 'STATIC', flagMetadata: {} }) as never,
    ...over,
  };
  return made;
}

/** What a resolver tells, as words. */
function recorder(): { events: ResolverEvents; seen: string[] } {
  const seen: string[] = [];
  return {
    seen,
    events: {
      ready: () => void seen.push('ready'),
      changed: (keys) => void seen.push(`changed ${[...keys].sort().join(' ')}`),
      stale: (cause) => void seen.push(`stale ${cause.message}`),
      error: (cause) => void seen.push(`error ${cause.message}`),
    },
  };
}

const ask = (resolver: Resolver): unknown =>
  (resolver.resolve('string', 'who', 'fallback', {}) as ResolutionDetails).value;

const from = (document: FlagDocument): Resolver => sourceResolver(memoryStore(document));
const bool = (on: boolean) => ({ type: 'boolean', default: on }) as const;

afterEach(async () => {
  await OpenFeature.clearProviders();
});

describe('a swap', () => {
  it('puts the new resolver in the place of the old, and stops that', async () => {
    const [old, next] = [hand('old'), hand('next')];
    const resolver = switching(old);
    await resolver.start!(recorder().events);
    expect([ask(resolver), resolver.name]).toEqual(['old', 'old']);
    await resolver.switchTo(next);
    expect([ask(resolver), resolver.name, resolver.current]).toEqual(['next', 'next', next]);
    await vi.waitFor(() => expect(old.calls).toEqual(['start', 'stop']));
    resolver.track!('bought', {}, {});
    expect([old.tracked, next.tracked]).toEqual([[], ['bought']]);
    await resolver.stop!();
    expect(next.calls).toEqual(['start', 'stop']);
  });

  it('answers from the old one until the new one has started', async () => {
    let begin!: () => void;
    const next = hand('next', { start: () => new Promise((resolve) => (begin = resolve)) });
    const resolver = switching(hand('old'));
    await resolver.start!(recorder().events);
    const swapped = resolver.switchTo(next);
    await vi.waitFor(() => expect(begin).toBeDefined());
    expect(ask(resolver)).toBe('old');
    resolver.track!('seen', {}, {});
    begin();
    await swapped;
    expect(ask(resolver)).toBe('next');
  });

  it('tells which flags may answer differently, and no others', async () => {
    const { events, seen } = recorder();
    const beta = { users: { included: ['ann'] } };
    const rules = [
      { clauses: [{ attribute: 'key', operator: 'inSegment' as const, values: ['users'] }], variation: 1 },
    ];
    const resolver = switching(
      from({
        segments: beta,
        flags: { same: bool(true), other: bool(true), gone: bool(true), segmented: { ...bool(false), rules } },
      }),
    );
    await resolver.start!(events);
    const changed = await resolver.switchTo(
      from({
        segments: { users: { included: ['bob'] } },
        flags: { same: bool(true), other: bool(false), fresh: bool(true), segmented: { ...bool(false), rules } },
      }),
    );
    expect([...changed].sort()).toEqual(['fresh', 'gone', 'other', 'segmented']);
    expect(seen).toEqual(['changed fresh gone other segmented']);
    expect(await resolver.switchTo(from({ flags: { same: bool(true) } }))).toHaveLength(3);
  });

  it('tells nothing if nothing differs', async () => {
    const { events, seen } = recorder();
    const resolver = switching(from({ flags: { same: bool(true) } }));
    await resolver.start!(events);
    expect(await resolver.switchTo(from({ flags: { same: bool(true) } }))).toEqual([]);
    expect(seen).toEqual([]);
    await resolver.stop!();
  });

  it('names every flag that is known where it cannot be told what differs', async () => {
    const { events, seen } = recorder();
    const resolver = switching(hand('old', { keys: () => ['a', 'b'] }));
    await resolver.start!(events);
    await resolver.switchTo(hand('next', { keys: () => ['b', 'c'] }));
    expect(seen).toEqual(['changed a b c']);
  });

  it('waits for the answers that the old one owes', async () => {
    const answers: ((details: ResolutionDetails) => void)[] = [];
    const old = hand('old', { resolve: () => new Promise((resolve) => answers.push(resolve as never)) });
    const resolver = switching(old);
    await resolver.start!(recorder().events);
    const asked = [1, 2].map(() => resolver.resolve('string', 'who', 'fallback', {}));
    await resolver.switchTo(hand('next'));
    answers[0]!({ value: 'late', reason: 'STATIC', flagMetadata: {} });
    expect(await asked[0]).toMatchObject({ value: 'late' });
    expect(old.calls).toEqual(['start']);
    answers[1]!({ value: 'later', reason: 'STATIC', flagMetadata: {} });
    expect(await asked[1]).toMatchObject({ value: 'later' });
    await vi.waitFor(() => expect(old.calls).toEqual(['start', 'stop']));
  });

  it('waits no longer than it is told to', async () => {
    const old = hand('old', { resolve: () => new Promise(() => undefined) });
    const resolver = switching(old, { drainTimeout: 20 });
    await resolver.start!(recorder().events);
    void resolver.resolve('string', 'who', 'fallback', {});
    await resolver.switchTo(hand('next'));
    expect(old.calls).toEqual(['start']);
    await vi.waitFor(() => expect(old.calls).toEqual(['start', 'stop']));
  });

  it('is not undone by an old one that cannot be stopped', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const old = hand('old', { stop: () => Promise.reject(new Error('stuck')) });
    const resolver = switching(old);
    await resolver.start!(recorder().events);
    await resolver.switchTo(hand('next'));
    await vi.waitFor(() => expect(warn).toHaveBeenCalledWith('stopping old threw: stuck', 'FlagwrightWarning'));
    expect(ask(resolver)).toBe('next');
    warn.mockRestore();
  });

  it('with itself is none', async () => {
    const old = hand('old');
    const resolver = switching(old);
    await resolver.start!(recorder().events);
    expect(await resolver.switchTo(old)).toEqual([]);
    expect(old.calls).toEqual(['start']);
  });

  it('back to one that still owes answers keeps it', async () => {
    const answers: ((details: ResolutionDetails) => void)[] = [];
    const first = hand('first', { resolve: () => new Promise((resolve) => answers.push(resolve as never)) });
    const resolver = switching(first);
    const { events, seen } = recorder();
    await resolver.start!(events);
    const asked = resolver.resolve('string', 'who', 'fallback', {});
    await resolver.switchTo(hand('next'));
    first.events!.stale(refused());
    await resolver.switchTo(first);
    answers[0]!({ value: 'late', reason: 'STATIC', flagMetadata: {} });
    expect(await asked).toMatchObject({ value: 'late' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([first.calls, resolver.current, seen]).toEqual([['start'], first, ['stale connection refused']]);
    first.events!.ready();
    expect(seen.at(-1)).toBe('ready');
    await resolver.switchTo(hand('another'));
    await vi.waitFor(() => expect(first.calls).toEqual(['start', 'stop']));
    await resolver.switchTo(first);
    expect(first.calls).toEqual(['start', 'stop', 'start']);
    await resolver.stop!();
  });

  it('waits for a list that is owed', async () => {
    let listed!: (all: ReadonlyMap<string, ResolutionDetails>) => void;
    const old = hand('old', { all: () => new Promise((resolve) => (listed = resolve)) });
    const resolver = switching(old);
    await resolver.start!(recorder().events);
    const all = resolver.all!({});
    await resolver.switchTo(hand('next'));
    expect(old.calls).toEqual(['start']);
    listed(new Map());
    await all;
    await vi.waitFor(() => expect(old.calls).toEqual(['start', 'stop']));
  });

  it('has a time of its own, and can be called off', async () => {
    const never = (name: string) => hand(name, { start: () => new Promise(() => undefined) });
    const resolver = switching(hand('old'));
    await resolver.start!(recorder().events);
    await expect(resolver.switchTo(never('a'), { startTimeout: 10 })).rejects.toThrow('no answer within 10 ms');
    const aborter = new AbortController();
    const [b, c] = [never('b'), hand('c')];
    const swapped = resolver.switchTo(b, { signal: aborter.signal }).catch((error: unknown) => error);
    const next = resolver.switchTo(c);
    setTimeout(() => aborter.abort(new Error('not wanted')), 5);
    expect(await swapped).toMatchObject({ message: 'not wanted' });
    await next;
    expect([ask(resolver), b.calls]).toEqual(['c', ['stop']]);
    await expect(resolver.switchTo(never('d'), { signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no');
  });

  it('survives keys that cannot be told', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const broken = (): never => {
      throw new Error('no keys');
    };
    const resolver = switching(hand('old', { keys: () => ['a'] }));
    await resolver.start!(recorder().events);
    expect(await resolver.switchTo(hand('next', { keys: broken }))).toEqual(['a']);
    expect(warn).toHaveBeenCalledWith('listing the flags of next threw: no keys', 'FlagwrightWarning');
    warn.mockRestore();
  });

  it('before the start takes the place only', async () => {
    const [old, next] = [hand('old'), hand('next')];
    const resolver = switching(old);
    await resolver.switchTo(next);
    expect([old.calls, next.calls]).toEqual([['stop'], []]);
    await resolver.start!(recorder().events);
    expect(ask(resolver)).toBe('next');
  });

  it('comes after those that were asked for before', async () => {
    const order: string[] = [];
    const slow = (name: string, ms: number): Resolver =>
      hand(name, {
        start: async () => {
          await new Promise((resolve) => setTimeout(resolve, ms));
          order.push(name);
        },
      });
    const resolver = switching(hand('old'));
    await resolver.start!(recorder().events);
    await Promise.all([resolver.switchTo(slow('a', 30)), resolver.switchTo(slow('b', 1))]);
    expect([order, ask(resolver)]).toEqual([['a', 'b'], 'b']);
  });
});

describe('a swap that fails', () => {
  it.each([
    ['that cannot be started', () => hand('next', { start: () => Promise.reject(refused()) }), /connection refused$/],
    [
      'that throws',
      () =>
        hand('next', {
          start: () => {
            throw new Error('no such thing');
          },
        }),
      /no such thing$/,
    ],
    [
      'that never answers',
      () => hand('next', { start: () => new Promise(() => undefined) }),
      /no answer within 30 ms$/,
    ],
  ])('keeps the old resolver in place of one %s, and says why', async (_, make, message) => {
    const { events, seen } = recorder();
    const [old, next] = [hand('old'), make()];
    const resolver = switching(old, { startTimeout: 30 });
    await resolver.start!(events);
    const thrown: unknown = await resolver.switchTo(next).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringMatching(message) });
    expect((thrown as FlagError).message).toContain('next could not be started, and old stays in use');
    expect([ask(resolver), old.calls, next.calls.at(-1), seen]).toEqual(['old', ['start'], 'stop', []]);
    await resolver.switchTo(hand('another'));
    expect(ask(resolver)).toBe('another');
  });

  it('holds up no other, though the one that failed does not stop', async () => {
    const resolver = switching(hand('old'));
    await resolver.start!(recorder().events);
    const never = (): Promise<void> => new Promise(() => undefined);
    const failing = hand('failing', { start: () => Promise.reject(refused()), stop: never });
    await expect(resolver.switchTo(failing)).rejects.toThrow('connection refused');
    await resolver.switchTo(hand('next'));
    expect(ask(resolver)).toBe('next');
  });

  it('keeps the code of the error', async () => {
    const resolver = switching(hand('old'));
    await resolver.start!(recorder().events);
    const next = hand('next', { start: () => Promise.reject(new FlagError('UNAUTHORIZED', 'no')) });
    await expect(resolver.switchTo(next)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  });

  it('tells nothing of the one that failed', async () => {
    const { events, seen } = recorder();
    const next = hand('next', {
      start: async (told) => {
        told.stale(refused());
        told.changed(['x']);
        throw refused();
      },
    });
    const resolver = switching(hand('old'));
    await resolver.start!(events);
    await expect(resolver.switchTo(next)).rejects.toThrow();
    expect(seen).toEqual([]);
  });
});

describe('events', () => {
  it('are those of the resolver in use', async () => {
    const { events, seen } = recorder();
    const [old, next] = [hand('old'), hand('next')];
    const resolver = switching(old);
    await resolver.start!(events);
    old.events!.stale(refused());
    old.events!.ready();
    old.events!.changed(['x']);
    await resolver.switchTo(next);
    old.events!.stale(new FlagError('UNAVAILABLE', 'of the old one'));
    next.events!.changed(['y']);
    expect(seen).toEqual(['stale connection refused', 'ready', 'changed x', 'changed y']);
    await resolver.stop!();
    next.events!.changed(['z']);
    expect(seen).toHaveLength(4);
  });

  it('tell that it is good again, if the old one was stale', async () => {
    const { events, seen } = recorder();
    const old = hand('old');
    const resolver = switching(old);
    await resolver.start!(events);
    old.events!.stale(refused());
    await resolver.switchTo(hand('next'));
    expect(seen).toEqual(['stale connection refused', 'ready']);
  });

  it('tell that it is stale, if the new one is', async () => {
    const { events, seen } = recorder();
    const next = hand('next', { start: async (told) => told.stale(new FlagError('UNAVAILABLE', 'a copy')) });
    const resolver = switching(hand('old'));
    await resolver.start!(events);
    await resolver.switchTo(next);
    expect(seen).toEqual(['stale a copy']);
    await resolver.switchTo(hand('good'));
    expect(seen).toEqual(['stale a copy', 'ready']);
  });

  it('a first resolver that recovers by itself is ready', async () => {
    const { events, seen } = recorder();
    const first = hand('first', {
      start: (told) => {
        first.events = told;
        return Promise.reject(refused());
      },
    });
    const resolver = switching(first);
    await expect(resolver.start!(events)).rejects.toThrow('connection refused');
    first.events!.ready();
    expect(seen).toEqual(['ready']);
  });

  it('a first resolver that takes too long has failed, and is ready when it has started', async () => {
    const { events, seen } = recorder();
    let begin!: () => void;
    const first = hand('first', { start: () => new Promise((resolve) => (begin = resolve)) });
    const resolver = switching(first, { startTimeout: 20 });
    await expect(resolver.start!(events)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    begin();
    await vi.waitFor(() => expect(seen).toEqual(['ready']));
  });

  it('a swap mends a start that has failed', async () => {
    const { events, seen } = recorder();
    const resolver = switching(hand('first', { start: () => Promise.reject(refused()) }));
    await expect(resolver.start!(events)).rejects.toThrow('connection refused');
    await resolver.switchTo(hand('next'));
    expect([ask(resolver), seen]).toEqual(['next', ['ready']]);
  });

  it('a swap ends a start that does not end', async () => {
    const { events, seen } = recorder();
    const resolver = switching(hand('first', { start: () => new Promise(() => undefined) }));
    const starting = resolver.start!(events);
    await resolver.switchTo(hand('next'));
    await starting;
    expect([ask(resolver), seen]).toEqual(['next', []]);
  });
});

describe('stop', () => {
  it('ends the first start', async () => {
    const resolver = switching(hand('first', { start: () => new Promise(() => undefined) }));
    const starting = resolver.start!(recorder().events).catch((error: unknown) => error);
    await resolver.stop!();
    expect(await starting).toMatchObject({ code: 'NOT_READY' });
  });

  it('ends a swap that is under way', async () => {
    const [old, next] = [hand('old'), hand('next', { start: () => new Promise(() => undefined) })];
    const resolver = switching(old);
    await resolver.start!(recorder().events);
    const swapped = resolver.switchTo(next).catch((error: unknown) => error);
    await Promise.resolve();
    await resolver.stop!();
    expect(await swapped).toMatchObject({ code: 'NOT_READY' });
    expect([old.calls, next.calls]).toEqual([['start', 'stop'], ['stop']]);
  });

  it('ends the swaps that wait for their turn', async () => {
    const [hanging, next] = [hand('hanging', { start: () => new Promise(() => undefined) }), hand('next')];
    const resolver = switching(hand('old'));
    await resolver.start!(recorder().events);
    const swaps = [hanging, next].map((one) => resolver.switchTo(one).catch((error: unknown) => error));
    await Promise.resolve();
    await resolver.stop!();
    for (const swap of swaps) expect(await swap).toMatchObject({ code: 'NOT_READY' });
    expect([next.calls, resolver.current.name]).toEqual([[], 'old']);
  });

  it('waits for nobody who is owed an answer', async () => {
    const old = hand('old', { resolve: () => new Promise(() => undefined) });
    const resolver = switching(old);
    await resolver.start!(recorder().events);
    void resolver.resolve('string', 'who', 'fallback', {});
    await resolver.switchTo(hand('next'));
    await resolver.stop!();
    expect(old.calls).toEqual(['start', 'stop']);
  });

  it('does not stop what is started while it waits', async () => {
    let end!: () => void;
    const old = hand('old', {
      stop: () => {
        old.calls.push('stop');
        return new Promise((resolve) => (end = resolve));
      },
    });
    const resolver = switching(old);
    await resolver.start!(recorder().events);
    const stopping = resolver.stop!();
    await resolver.start!(recorder().events);
    end();
    await stopping;
    expect(old.calls).toEqual(['start', 'stop', 'start']);
  });

  it('can be followed by another start', async () => {
    const old = hand('old');
    const resolver = switching(old);
    await resolver.start!(recorder().events);
    await resolver.stop!();
    await resolver.stop!();
    const { events, seen } = recorder();
    await resolver.start!(events);
    old.events!.changed(['x']);
    expect([seen, ask(resolver)]).toEqual([['changed x'], 'old']);
    await resolver.switchTo(hand('next'));
    await resolver.stop!();
  });
});

it.each([
  [() => switching(undefined as never), /no resolver/],
  [() => switching(hand('old'), { startTimeout: 0 }), /startTimeout is 0/],
  [() => switching(hand('old')).switchTo({} as never), /no resolver/],
])('refuses what makes no sense', (call, message) => {
  expect(call).toThrow(message);
});

it('lists what the resolver in use can list', async () => {
  const resolver = switching(hand('none'));
  expect(() => resolver.all!({})).toThrow('none cannot list its flags');
  expect([resolver.keys!(), resolver.snapshot!()]).toEqual([undefined, undefined]);
  await resolver.start!(recorder().events);
  await resolver.switchTo(from({ flags: { a: bool(true) } }));
  expect((await resolver.all!({})).get('a')).toMatchObject({ value: true });
  expect(resolver.keys!()).toEqual(['a']);
  expect(resolver.snapshot!()!.flags.has('a')).toBe(true);
});

describe('in OpenFeature', () => {
  it('20,000 evaluations under way while the backend changes ten times: no wrong value, no NOT_READY', async () => {
    // every other one answers some milliseconds later, as a vendor might: it owes answers when its turn is over
    const backend = (n: number): Resolver => {
      const flag = { type: 'string', variants: { [`v${n}`]: `backend ${n}` }, defaultVariant: `v${n}` } as const;
      const made = sourceResolver(memoryStore({ flags: { who: flag } }));
      if (n % 2 === 0) return made;
      const late: Resolver['resolve'] = async (...asked) => {
        await new Promise((resolve) => setTimeout(resolve, asked[1].length));
        return made.resolve(...asked);
      };
      return { ...made, resolve: late };
    };
    const resolver = switching(backend(0));
    const provider = createProvider(resolver);
    const domain = 'swaps';
    await OpenFeature.setProviderAndWait(domain, provider);
    const client = OpenFeature.getClient(domain);
    const statuses = new Set<string>();
    const told: string[][] = [];
    client.addHandler(
      ProviderEvents.ConfigurationChanged,
      (details) => void told.push([...(details?.flagsChanged ?? [])]),
    );

    const seen = new Set<string>();
    let used = 0;
    let over = false;
    const swaps = (async () => {
      await vi.waitFor(() => expect(seen).toContain('backend 0'));
      for (let n = 1; n <= 10; n++) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        await resolver.switchTo(backend(n));
        used = n;
        await vi.waitFor(() => expect(seen).toContain(`backend ${n}`));
      }
    })().finally(() => {
      over = true;
    });
    const checks: Promise<void>[] = [];
    const check = async (): Promise<void> => {
      const least = used;
      const { value, variant, errorCode, reason } = await client.getStringDetails('who', 'fallback', {
        targetingKey: 'ann',
      });
      expect([errorCode, reason]).toEqual([undefined, 'STATIC']);
      const n = Number(/^backend (\d+)$/.exec(value)?.[1]);
      expect(variant).toBe(`v${n}`);
      expect(n).toBeGreaterThanOrEqual(least);
      seen.add(value);
      statuses.add(String(client.providerStatus));
    };
    while (!over || checks.length < 20_000) {
      for (let i = 0; i < 200; i++) checks.push(check());
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(checks);
    await swaps;
    expect(checks.length).toBeGreaterThanOrEqual(20_000);
    expect(seen.size).toBe(11);
    expect([...statuses]).toEqual([ProviderStatus.READY]);
    expect(await client.getStringValue('who', 'fallback')).toBe('backend 10');
    await vi.waitFor(() => expect(told).toEqual(Array.from({ length: 10 }, () => ['who'])));
  });

  it('the status follows the resolver in use', async () => {
    const source = handSource({ flags: { on: bool(true) } });
    const resolver = switching(sourceResolver(source));
    await OpenFeature.setProviderAndWait('status', createProvider(resolver));
    const client = OpenFeature.getClient('status');
    source.fail(refused());
    await vi.waitFor(() => expect(client.providerStatus).toBe(ProviderStatus.STALE));
    await resolver.switchTo(from({ flags: { on: bool(false) } }));
    expect(client.providerStatus).toBe(ProviderStatus.READY);
    expect(await client.getBooleanValue('on', true)).toBe(false);
    expect(client.metadata.providerMetadata).toMatchObject({ resolver: 'memory' });
  });
});
