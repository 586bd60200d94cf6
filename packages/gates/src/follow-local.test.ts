import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FlagError } from '@flagwright/core';
import { memoryStore } from '@flagwright/sources/memory';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { followLocal, type LocalFollower } from './follow-local.ts';
import { defineGates } from './gates.ts';
import { type LiveGates, liveGates } from './live.ts';
import { gateFile } from './sync/gate-file.ts';
import type { LocalGates } from './sync/local.ts';
import { syncGates } from './sync/sync.ts';

const gate = { owner: '@platform', description: 'What it does.', since: '0.1.0' } as const;

const gatesOf = (warnings: string[] = [], onWarning = (message: string) => void warnings.push(message)) =>
  defineGates(
    { program: 'sunbeam', version: '1.0.0', onWarning },
    { EventsProxy: { ...gate, stage: 'beta' }, 'storage.ceph': { ...gate, stage: 'alpha' } },
  );

let folder: string;
let path: string;
let followers: LocalFollower[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flagwright-local-'));
  path = join(folder, 'gates.yaml');
  followers = [];
});

afterEach(async () => {
  for (const follower of followers) await follower.close();
  rmSync(folder, { recursive: true, force: true });
});

function following<N extends string>(
  live: LiveGates<N>,
  local: LocalGates = gateFile(path),
  interval?: number,
): LocalFollower {
  const follower = followLocal(live, local, { interval });
  followers.push(follower);
  return follower;
}

/** Replaces the file, as editors do. */
function write(text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

const swapped = <N extends string>(live: LiveGates<N>): Promise<unknown> =>
  new Promise((resolve) => {
    const stop = live.on(() => {
      stop();
      resolve(undefined);
    });
  });

describe('a file', () => {
  it('is the local layer, and its changes are seen', async () => {
    write('features:\n  EventsProxy: false\n');
    const live = liveGates(gatesOf());
    const follower = following(live);
    expect(follower.health()).toEqual({ local: path, status: 'starting', lastError: undefined, issues: [] });
    await follower.ready();
    expect(live.current.state('EventsProxy')).toMatchObject({ enabled: false, layer: 'local', from: path });
    const change = swapped(live);
    write('features:\n  storage.ceph: true\n');
    await change;
    expect([live.enabled('EventsProxy'), live.enabled('storage.ceph')]).toEqual([true, true]);
    expect(follower.health().status).toBe('ready');
  });

  it('that says what cannot be followed is told of: in health always, and in a warning once', async () => {
    write('features:\n  EvnetsProxy: true\n  EventsProxy: false\n  Sessions: false\n');
    const warnings: string[] = [];
    const live = liveGates(
      defineGates(
        { program: 'sunbeam', version: '1.0.0', onWarning: (message) => void warnings.push(message) },
        {
          EventsProxy: { ...gate, stage: 'beta', default: true },
          Sessions: { ...gate, stage: 'ga', locked: true },
          'storage.ceph': { ...gate, stage: 'beta', default: true, requires: ['EventsProxy'] },
        },
      ),
    );
    const follower = following(live);
    await follower.ready();
    expect(follower.health().issues.map(({ code, path: at }) => [code, at.at(-1)])).toEqual([
      ['unknown-gate', 'EvnetsProxy'],
      ['locked', 'Sessions'],
    ]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(`${path}) say what sunbeam cannot follow:`);
    for (const name of ['EvnetsProxy', 'did you mean EventsProxy?', 'Sessions', 'storage.ceph is off']) {
      expect(warnings[0]).toContain(name);
    }
    await follower.refresh();
    write('features:\n  EvnetsProxy: true\n  EventsProxy: true\n  Sessions: false\n');
    await follower.refresh();
    expect(warnings).toHaveLength(1);
    expect(follower.health().issues).toHaveLength(2);
    write('features:\n  nobody: true\n');
    await follower.refresh();
    expect(warnings).toHaveLength(2);
    expect(warnings[1]).toContain('nobody');
    expect(warnings[1]).not.toContain('Sessions');
  });

  it('that is not there, or goes, changes nothing', async () => {
    const live = liveGates(gatesOf());
    const follower = following(live);
    await follower.ready();
    expect(live.current.layer('local')).toBeUndefined();
    write('features:\n  EventsProxy: false\n');
    await follower.refresh();
    rmSync(path);
    await follower.refresh();
    expect(live.enabled('EventsProxy')).toBe(false);
    write('features: {}\n');
    await follower.refresh();
    expect(live.enabled('EventsProxy')).toBe(true);
  });

  it('that cannot be read keeps the gates as they were, and that is told once', async () => {
    const warnings: string[] = [];
    write('features:\n  EventsProxy: false\n');
    const live = liveGates(gatesOf(warnings));
    const follower = following(live);
    await follower.ready();
    const { current } = live;
    for (let i = 0; i < 2; i++) {
      write('features:\n  EventsProxy: maybe\n');
      await follower.refresh();
      await follower.refresh();
      expect(live.current).toBe(current);
      expect(follower.health()).toMatchObject({ status: 'stale', lastError: { code: expect.any(String) } });
      expect(warnings).toEqual(Array(i + 1).fill(expect.stringContaining('EventsProxy')));
      write('features:\n  EventsProxy: false\n');
      await follower.refresh();
      expect(follower.health().status).toBe('ready');
    }
  });

  it('that cannot be read at first: the other layers decide until it can', async () => {
    const warnings: string[] = [];
    write('features: [');
    const live = liveGates(gatesOf(warnings));
    const follower = following(live);
    await expect(follower.ready()).rejects.toMatchObject({ code: 'PARSE_ERROR' });
    expect(live.enabled('EventsProxy')).toBe(true);
    expect(follower.health().status).toBe('starting');
    write('features: { EventsProxy: false }');
    await follower.refresh();
    await follower.ready();
    expect(live.enabled('EventsProxy')).toBe(false);
    expect(warnings).toHaveLength(1);
  });
});

it('swaps only when something has changed', async () => {
  write('features:\n  EventsProxy: false\n');
  const live = liveGates(gatesOf());
  const heard = vi.fn();
  live.on(heard);
  const follower = following(live);
  await follower.ready();
  await follower.refresh();
  write('# said otherwise\nfeatures: { EventsProxy: false }\n');
  await follower.refresh();
  expect(heard).toHaveBeenCalledOnce();
});

it('a read that is asked for begins after it was asked for', async () => {
  const gates = new Map([['EventsProxy', false]]);
  let release!: () => void;
  let reads = 0;
  const local: LocalGates = {
    name: 'test',
    async read() {
      const seen = new Map(gates);
      if (++reads === 1) await new Promise<void>((resolve) => (release = resolve));
      return seen;
    },
    write: async () => undefined,
  };
  const live = liveGates(gatesOf());
  const follower = following(live, local);
  await vi.waitFor(() => expect(reads).toBe(1));
  gates.set('EventsProxy', true);
  gates.set('storage.ceph', true);
  const asked = [follower.refresh(), follower.refresh()];
  release();
  await Promise.all(asked);
  expect(live.enabled('storage.ceph')).toBe(true);
  expect(reads).toBe(2);
});

it('without hints, and with ones that fail, it reads at the interval', async () => {
  let gates = new Map([['EventsProxy', true]]);
  const local: LocalGates = {
    name: 'test',
    read: async () => gates,
    write: async () => undefined,
    subscribe: () => Promise.reject(new FlagError('UNSUPPORTED', 'no hints')),
  };
  const live = liveGates(gatesOf());
  const follower = following(live, local, 10);
  await follower.ready();
  const change = swapped(live);
  gates = new Map([['EventsProxy', false]]);
  await change;
  expect(live.enabled('EventsProxy')).toBe(false);
});

it('closed, it follows no more, and the layer stays', async () => {
  write('features:\n  EventsProxy: false\n');
  const live = liveGates(gatesOf());
  const follower = following(live);
  await follower.ready();
  await follower.close();
  await follower.close();
  write('features: {}\n');
  await follower.refresh();
  expect(live.enabled('EventsProxy')).toBe(false);
  expect(follower.health().status).toBe('closed');
  await expect(follower.ready()).rejects.toMatchObject({ code: 'NOT_READY' });
});

it('an onWarning that throws ends nothing', async () => {
  const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  write('features: [');
  const onWarning = () => {
    throw new Error('no');
  };
  const follower = following(liveGates(gatesOf([], onWarning)));
  await expect(follower.ready()).rejects.toMatchObject({ code: 'PARSE_ERROR' });
  expect(emitWarning).toHaveBeenCalledOnce();
  emitWarning.mockRestore();
});

it.each<[string, () => unknown]>([
  ['no local gates', () => followLocal(liveGates(gatesOf()), undefined as never)],
  ['a path', () => followLocal(liveGates(gatesOf()), 'gates.yaml' as never)],
  ['no interval', () => followLocal(liveGates(gatesOf()), gateFile(path), { interval: 0 })],
])('refuses %s', (_, act) => {
  expect(act).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
});

it('with a cluster and a sync: the file counts while the cluster is away, and the cluster once it is there', async () => {
  write('features:\n  storage.ceph: true\n');
  const inner = memoryStore({ flags: { 'feature.EventsProxy': { default: false } } });
  let away = true;
  const store = {
    ...inner,
    async read(...args: Parameters<typeof inner.read>) {
      if (away) throw new FlagError('UNAVAILABLE', 'away');
      return inner.read(...args);
    },
    close: async () => undefined,
  };
  const warnings: string[] = [];
  const live = liveGates(gatesOf(warnings), store);
  const follower = following(live);
  const sync = syncGates({ local: gateFile(path), store, onEvent: () => undefined });
  await follower.ready();
  await expect(live.ready()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect([live.enabled('EventsProxy'), live.enabled('storage.ceph')]).toEqual([true, true]);
  expect(live.current.state('storage.ceph').layer).toBe('local');
  away = false;
  await sync.forceSync();
  await live.refresh();
  await follower.refresh();
  // it joined: what the cluster knows came first, and what only the node had went there
  expect([live.enabled('EventsProxy'), live.enabled('storage.ceph')]).toEqual([false, true]);
  expect(live.current.state('EventsProxy').layer).toBe('cluster');
  expect(
    live.current
      .layer('local')
      ?.settings.map(({ name, enabled }) => [name, enabled])
      .sort(),
  ).toEqual([
    ['EventsProxy', false],
    ['storage.ceph', true],
  ]);
  await sync.close();
  await live.close();
});
