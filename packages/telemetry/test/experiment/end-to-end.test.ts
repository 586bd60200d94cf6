import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@flagwright/core';
import { flagProvider } from '@flagwright/provider';
import { memoryStore } from '@flagwright/sources/memory';
import { OpenFeature } from '@openfeature/server-sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readExperiment } from '../../src/experiment/index.ts';
import { fileExporter } from '../../src/exporters/index.ts';
import { analytics, exposures, observe } from '../../src/index.ts';

// From the flag to the result, by the real client, sink and exporter.

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flagwright-experiment-'));
});
afterAll(() => rm(folder, { recursive: true }));

const variants = ['blue', 'green', 'red'].map((name) => ({ name, value: name, weight: 1 }));
const source = () => memoryStore({ flags: { button: { type: 'string', default: 'blue', variants } } });
const QUESTION = { flag: 'button', conversion: 'purchase' };
const USERS = 600;

it('what the client evaluates and tracks at once is exposure and conversion, in files that were rotated', async () => {
  const path = join(folder, 'events.jsonl');
  const events = analytics({
    exporters: [fileExporter({ path, maxBytes: 40_000, keep: 100 })],
    batch: { maxBatch: 50 },
    hashUserKeys: { secret: 'a secret that is long enough for a key' },
  });
  const client = createClient(source(), { sinks: [events] });
  await client.ready();
  const seen = new Map<string, number>();
  for (let i = 0; i < USERS; i++) {
    const session = client.withContext({ targetingKey: `user-${i}` });
    const color = session.string('button', 'none');
    seen.set(color, (seen.get(color) ?? 0) + 1);
    session.track('purchase');
    session.string('button', 'none');
    if (i % 100 === 0) await events.flush();
  }
  await client.close();
  await events.close();
  expect((await readdir(folder)).filter((name) => name.startsWith('events.jsonl.')).length).toBeGreaterThan(2);

  const experiment = await readExperiment(path, QUESTION);
  expect(experiment).toMatchObject({
    inSeveralVariants: 0,
    split: { verdict: 'as-expected' },
    reading: { lines: 3 * USERS, broken: 0, exposures: 2 * USERS, conversions: USERS, withoutUser: 0 },
  });
  expect(experiment.variants.map(({ name, users, conversions }) => [name, users, conversions])).toEqual(
    ['blue', 'green', 'red'].map((name) => [name, seen.get(name), seen.get(name)]),
  );
});

it('so is what goes through OpenFeature, each exposure sent once', async () => {
  const path = join(folder, 'openfeature.jsonl');
  const events = analytics(fileExporter({ path }));
  const sinks = [exposures(events, { experimentsOnly: true })];
  await OpenFeature.setProviderAndWait('experiment', flagProvider(source(), { sinks }));
  const client = OpenFeature.getClient('experiment').addHooks(observe(...sinks));
  for (let i = 0; i < USERS; i++) {
    const context = { targetingKey: `user-${i}` };
    await client.getStringValue('button', 'none', context);
    if (i % 3 === 0) client.track('purchase', context, { value: 20 });
    await client.getStringValue('button', 'none', context);
  }
  await OpenFeature.close();
  await events.close();

  const { variants: found, reading } = await readExperiment(path, QUESTION);
  expect(found.map(({ name }) => name)).toEqual(['blue', 'green', 'red']);
  expect(reading).toMatchObject({ exposures: USERS, conversions: USERS / 3, broken: 0 });
  expect(found.reduce((sum, { conversions }) => sum + conversions, 0)).toBe(USERS / 3);
});
