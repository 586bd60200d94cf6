import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SmallDisk, smallDisk, until } from '@flagwright/test-servers';
import { expect } from 'vitest';
import { now } from '../crew/clock.ts';
import { textOf } from '../crew/flags.ts';
import type { FollowersCalls } from '../crew/followers.ts';
import { type Child, startChild } from './child.ts';
import { type Faults, FRESH_WITHIN } from './fault.ts';
import { networkFaults } from './network.ts';
import { type PostgresBackend, startPostgresBackend } from './postgres.ts';
import type { World } from './suite.ts';

/** A PostgreSQL, and the disk on which each follower keeps a copy. */
export interface CopiesBackend extends PostgresBackend {
  readonly disk: SmallDisk;
}

/** Room for all copies, in bytes: a set of these tests is of some 10 KiB, and written anew beside the old one. */
const ROOM = 4 * 2 ** 20;

/** Followers with copies of a PostgreSQL, on a disk that can be made full. */
export async function startCopiesBackend(program: string): Promise<CopiesBackend> {
  const backend = await startPostgresBackend();
  const folder = mkdtempSync(join(tmpdir(), 'flagwright-copies-'));
  const disk = smallDisk(join(folder, 'disk'), ROOM, () => processesOf(program));
  return {
    ...backend,
    name: 'copies',
    disk,
    spec: (id) => ({ ...backend.spec(id), copy: join(disk.path, String(id)) }),
    async close() {
      await backend.close();
      disk.remove();
      rmSync(folder, { recursive: true });
    },
  };
}

/** What befalls those who keep copies. */
export const copiesFaults: Faults<CopiesBackend> = {
  'kill -9, and started again': networkFaults['kill -9, and started again']!,
  'half-open, then cut': networkFaults['half-open, then cut']!,
  'disk of the copies full, and kill -9': ({ server, disk }) => ({
    symptom: 'break',
    away: [200, 2_000],
    async strike() {
      disk.fill();
      await server.kill();
    },
    mend: () => server.start(),
    after: async () => disk.free(),
  }),
};

/** How long a start without a backend may take, in ms: being refused once, and what starting takes. */
const STARTED_WITHIN = 2_000;

/** How long a copy may take to be written after it was read, in ms. */
const WRITTEN_WITHIN = 5_000;

/** A process has a copy from when the server was there; it is all that one that starts later has. */
export async function startWithoutServer({ program, backend, crew }: World<CopiesBackend>): Promise<void> {
  const { server } = backend;
  const spec = backend.spec(100);
  await crew.writers.call('poke', 'copied', 1);
  const first = startChild<FollowersCalls>(program, 'followers');
  await first.call('open', [spec]);
  await until('the copy is written', () => hasText(spec.copy!, '"copied"'), WRITTEN_WITHIN);
  await first.close();
  const expected = await backend.content();

  let late: Child<FollowersCalls> | undefined;
  await server.kill();
  try {
    late = startChild<FollowersCalls>(program, 'followers');
    const took = await late.call('open', [spec]);
    expect(took, 'ms to start').toBeLessThan(STARTED_WITHIN);
    const [told] = (await late.call('testimony')).followers;
    expect(told).toMatchObject({ status: 'stale', staleCode: 'UNAVAILABLE' });
    const served = await late.call('content', 0);
    expect(served).toEqual(Object.fromEntries([...expected].map(([key, value]) => [key, textOf(value)])));
  } finally {
    await server.start();
  }
  const started = now();
  await until('it is fresh', async () => (await late.call('testimony')).followers[0]!.status === 'ready');
  expect(now() - started, 'ms until it was fresh').toBeLessThan(FRESH_WITHIN);
  expect((await late.call('testimony')).followers[0]!.problems).toEqual([]);
  await late.close();
}

function hasText(path: string, text: string): boolean {
  try {
    return readFileSync(path, 'utf8').includes(text);
  } catch {
    return false;
  }
}

/** Ids of the processes that run a program. */
function processesOf(program: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && hasText(`/proc/${name}/cmdline`, program))
    .map(Number);
}
