import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import { postgresStore } from '@flagwright/sources/postgres';
import { type PostgresServer, type Program, startPostgres } from '@flagwright/test-servers';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { flagctl, type Place, type ServerProcess, serve } from './control-plane/process.ts';
import { countOf, countsOf, countUp, newTally, PROJECT, prepare, STAGE, type Tally } from './control-plane/writers.ts';

const FULL = process.env.FAULTS === 'full';
const KILLS = FULL ? 10 : 2;
const SECONDS = FULL ? 30 : 3;
const WRITERS = 16;

let postgres: PostgresServer;
let program: Program;
let count = 0;

/** An embedded database without any table: to make one takes seconds, to copy it does not. */
let blank: string;

beforeAll(async () => {
  blank = mkdtempSync(join(tmpdir(), 'flagwright-blank-'));
  const made = PGlite.create(join(blank, 'postgres')).then((database) => database.close());
  [postgres, program] = await Promise.all([startPostgres(), flagctl(), made]);
});
afterAll(async () => {
  program?.remove();
  rmSync(blank, { recursive: true, force: true });
  await postgres?.stop();
});

const folder = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'flagwright-control-plane-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
};

const GROUNDS: readonly { readonly name: string; make(): Promise<Place> }[] = [
  {
    name: 'PostgreSQL',
    async make() {
      const database = `control_${++count}`;
      await postgres.psql(`create database ${database}`);
      return { options: ['--database', postgres.url(database)], folder: folder() };
    },
  },
  {
    name: 'the embedded database',
    async make() {
      const path = folder();
      const data = join(path, 'data');
      cpSync(blank, data, { recursive: true });
      return { options: ['--data-dir', data], folder: path };
    },
  },
];

/** Looks at what writers left behind: each acknowledged write is in the history once, and the numbers have no gaps. */
async function examine(
  { api }: ServerProcess,
  flags: readonly string[],
  { acknowledged, unknown }: Tally,
): Promise<number> {
  let entries = 0;
  for (const flag of flags) {
    const counts = await countsOf(api, flag);
    entries += counts.length - 1;
    expect(counts.map(([, number]) => number)).toEqual(Array.from(counts, (_, i) => i));
    const versions = new Map(counts);
    for (const one of acknowledged.filter((write) => write.flag === flag)) {
      expect(versions.get(one.version), `${flag} ${one.version}`).toBe(one.count);
    }
    const { spec, version } = await api.stageDefinitions(PROJECT, STAGE).get(flag);
    expect([version, countOf(spec)]).toEqual(counts.at(-1));
    // and it is what is served
    const served = (await api.ask('POST', `/projects/${PROJECT}/stages/${STAGE}/feature-flags/${flag}/evaluate`, {
      body: { context: { targetingKey: String(counts.at(-1)![1]) } },
    })) as { readonly value: unknown };
    expect(served.value).toBe(true);
  }
  expect(entries).toBeGreaterThanOrEqual(acknowledged.length);
  expect(entries - acknowledged.length).toBeLessThanOrEqual(unknown);
  return entries;
}

describe.each(GROUNDS)('a control plane on $name', ({ name, make }) => {
  it(`is killed ${KILLS} times while ${WRITERS} write, and has all that it acknowledged`, async () => {
    const place = await make();
    const flags = Array.from({ length: WRITERS }, (_, i) => `flag-${i}`);
    const tally = newTally();
    let server = await serve(program, place);
    onTestFinished(() => server.kill());
    await prepare(server.api, flags);
    for (let kill = 0; kill < KILLS; kill++) {
      const writing = flags.map((flag) => countUp(server.api, flag, () => false, tally));
      await sleep(300 + Math.random() * 700);
      await server.kill();
      await Promise.all(writing);
      server = await serve(program, place);
      await examine(server, flags, tally);
    }
    const entries = await examine(server, flags, tally);
    console.log(
      `${name}: ${KILLS} kills, ${tally.acknowledged.length} writes acknowledged, ${entries} in the history, ` +
        `${tally.unknown} of unknown outcome`,
    );
    expect(tally.acknowledged.length).toBeGreaterThan(0);
    await server.stop();
  });

  it(`${WRITERS} write to one stage for ${SECONDS} s, and nothing is lost or doubled`, async () => {
    const place = await make();
    const flags = ['one', 'two', 'three', 'four'];
    const tally = newTally();
    const first = await serve(program, place);
    onTestFinished(() => first.kill());
    await prepare(first.api, flags);
    // a PostgreSQL may have several servers
    const servers = name === 'PostgreSQL' ? [first, await serve(program, place)] : [first];
    for (const server of servers) onTestFinished(() => server.kill());
    const end = performance.now() + SECONDS * 1_000;
    await Promise.all(
      Array.from({ length: WRITERS }, (_, i) =>
        countUp(servers[i % servers.length]!.api, flags[i % flags.length]!, () => performance.now() > end, tally),
      ),
    );
    expect(tally.unknown).toBe(0);
    for (const server of servers) expect(await examine(server, flags, tally)).toBe(tally.acknowledged.length);
    console.log(
      `${name}: ${WRITERS} writers, ${servers.length} servers, ${SECONDS} s: ${tally.acknowledged.length} writes ` +
        `acknowledged and in the history, ${tally.conflicts} conflicts`,
    );
    expect(tally.acknowledged.length).toBeGreaterThan(0);
    await Promise.all(servers.map((server) => server.stop()));
  });

  it('is told to end, and ends what is under way', async () => {
    const server = await serve(program, await make());
    onTestFinished(() => server.kill());
    await prepare(server.api, ['one']);
    const tally = newTally();
    const writing = countUp(server.api, 'one', () => false, tally);
    await sleep(200);
    await server.stop();
    await writing;
    expect(tally.acknowledged.length).toBeGreaterThan(0);
  });
});

it('a set of flags that a control plane manages is written by nobody else', async () => {
  const place = await GROUNDS[0]!.make();
  const server = await serve(program, place);
  onTestFinished(() => server.kill());
  await prepare(server.api, ['one']);
  const store = postgresStore({ connectionString: place.options[1]!, project: PROJECT, stage: STAGE });
  onTestFinished(async () => store.close?.());
  const before = await store.read();
  await expect(store.commit([{ key: 'one', next: null }])).rejects.toMatchObject({ code: 'MANAGED' });
  expect((await store.read()).revision).toBe(before.revision);
  await server.stop();
});
