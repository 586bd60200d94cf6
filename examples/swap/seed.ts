import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { FlagStore } from '@flagwright/core';
import { fileSource } from '@flagwright/sources/file';
import { migrate, postgresStore } from '@flagwright/sources/postgres';
import { redisStore } from '@flagwright/sources/redis';

// Before the app starts, and beside it: brings the flags of features.yaml to the backend it will ask.

const { flags = {} } = (await fileSource({ path: 'features.yaml' }).read()).document;

async function commit(store: FlagStore): Promise<void> {
  await store.commit(Object.entries(flags).map(([key, next]) => ({ key, next })));
  await store.close?.();
}

/** How each provider gets its flags. */
export const SEEDS: Readonly<Record<string, () => void | Promise<void>>> = {
  // features.yaml is where the app looks
  file() {},
  memory() {
    const folder = mkdtempSync(join(tmpdir(), 'flagwright-swap-'));
    process.on('exit', () => rmSync(folder, { recursive: true }));
    process.env.FEATURE_CONFIG = join(folder, 'flagwright.json');
    writeFileSync(process.env.FEATURE_CONFIG, JSON.stringify({ memory: { flags } }));
  },
  async postgres() {
    const connectionString = process.env.FEATURE_POSTGRES_URL;
    await migrate({ connectionString });
    await commit(postgresStore({ connectionString, project: 'examples' }));
  },
  async redis() {
    await commit(redisStore({ url: process.env.FEATURE_REDIS_URL, project: 'examples' }));
  },
};
