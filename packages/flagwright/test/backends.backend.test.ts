import { migrate, postgresStore } from '@flagwright/sources/postgres';
import { redisStore } from '@flagwright/sources/redis';
import { ProviderStatus } from '@openfeature/server-sdk';
import { type Config, openProvider, providerFromEnv } from 'flagwright';
import { beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { clientOf, workingFolder } from './support.ts';

const folder = workingFolder();
const flags = {
  who: { type: 'string', variants: { ann: 'Ann', bob: 'Bob' }, defaultVariant: 'ann' },
  beta: {
    type: 'boolean',
    default: false,
    rules: [{ clauses: [{ attribute: 'plan', operator: 'eq', values: ['pro'] }], variation: 1 }],
  },
} as const;

const postgres = { url: inject('postgresUrl') };
const redis = { url: inject('redisUrl') };
const set = { project: 'front', stage: 'door' };
const configs: Readonly<Record<string, () => Config>> = {
  memory: () => ({ provider: 'memory', memory: { flags } }),
  file: () => ({ provider: 'file', file: { path: folder.write('features.json', JSON.stringify({ flags })) } }),
  postgres: () => ({ provider: 'postgres', postgres, ...set }),
  redis: () => ({ provider: 'redis', redis, ...set }),
};
const edits = Object.entries(flags).map(([key, next]) => ({ key, next }));

beforeAll(async () => {
  await migrate({ connectionString: postgres.url });
  for (const store of [
    postgresStore({ connectionString: postgres.url, ...set }),
    redisStore({ url: redis.url, ...set }),
  ]) {
    await store.commit(edits);
    await store.close?.();
  }
});

describe('one application, four backends', () => {
  it.each(Object.keys(configs))('%s: the same answers', async (provider) => {
    const client = await clientOf(openProvider(configs[provider]!()));
    expect(client.metadata.providerMetadata).toMatchObject({ resolver: provider });
    expect(await client.getStringDetails('who', '')).toMatchObject({ value: 'Ann', variant: 'ann', reason: 'STATIC' });
    expect(await client.getBooleanDetails('beta', false, { plan: 'pro' })).toMatchObject({
      value: true,
      reason: 'TARGETING_MATCH',
    });
    expect(await client.getBooleanDetails('beta', true, { plan: 'free' })).toMatchObject({ value: false });
  });

  it('by variables', async () => {
    const env = {
      FEATURE_PROVIDER: 'postgres',
      DATABASE_URL: postgres.url,
      FEATURE_PROJECT: 'front',
      FEATURE_STAGE: 'door',
      FEATURE_REFRESH_INTERVAL: '10s',
    };
    const client = await clientOf(providerFromEnv(env));
    expect(await client.getStringValue('who', '')).toBe('Ann');
    await expect(clientOf(providerFromEnv({ ...env, FEATURE_STAGE: 'nowhere' }))).rejects.toThrow('nowhere');
  });

  it('20,000 evaluations while the backend changes ten times: no wrong value, no NOT_READY', async () => {
    const order = ['memory', 'file', 'postgres', 'redis'];
    const provider = openProvider(configs.memory!());
    const client = await clientOf(provider);
    const wrong: unknown[] = [];
    const answered = new Set<string>();
    let over = false;
    const swaps = (async () => {
      for (let n = 1; n <= 10; n++) expect(await provider.configure(configs[order[n % 4]!]!())).toEqual([]);
    })().finally(() => {
      over = true;
    });
    let asked = 0;
    const ask = async (): Promise<void> => {
      const { value, variant, errorCode } = await client.getStringDetails('who', 'fallback', { targetingKey: 'ann' });
      answered.add(client.metadata.providerMetadata.resolver!);
      if (value !== 'Ann' || variant !== 'ann' || errorCode !== undefined) wrong.push({ value, variant, errorCode });
      if (client.providerStatus !== ProviderStatus.READY) wrong.push(client.providerStatus);
    };
    while (!over || asked < 20_000) {
      const asking = Array.from({ length: 100 }, ask);
      asked += asking.length;
      await new Promise((resolve) => setImmediate(resolve));
      await Promise.all(asking);
    }
    await swaps;
    expect(wrong).toEqual([]);
    expect(asked).toBeGreaterThanOrEqual(20_000);
    expect([...answered].sort()).toEqual([...order].sort());
  });

  it('what another process commits is seen, after a swap as before', async () => {
    const provider = openProvider(configs.postgres!());
    const client = await clientOf(provider);
    await provider.configure(configs.redis!());
    const store = redisStore({ url: redis.url, ...set });
    await store.commit([{ key: 'who', next: { ...flags.who, defaultVariant: 'bob' } }]);
    await vi.waitFor(async () => expect(await client.getStringValue('who', '')).toBe('Bob'));
    await store.commit([{ key: 'who', next: flags.who }]);
    await store.close?.();
    expect([...(await provider.configure(configs.memory!()))].length).toBeLessThanOrEqual(1);
  });

  it('a table that is not one is refused before anything is opened', () => {
    const config = { ...configs.postgres!(), postgres: { ...postgres, table: 'flags; drop table x' } };
    expect(() => openProvider(config)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});
