import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { evaluate, follow } from '@flagwright/core';
import { httpSource } from '@flagwright/sources/http';
import { postgresStore } from '@flagwright/sources/postgres';
import { until } from '@flagwright/test-servers';
import { OFREPWebProvider } from '@openfeature/ofrep-web-provider';
import { OpenFeature, type Provider } from '@openfeature/web-sdk';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { FetchEventSource } from '../ofrep/event-source.ts';
import { GROUNDS, newToken, run } from './servers.ts';

const curl = promisify(execFile);

describe.each(GROUNDS)('who reads flags of a server on $name', ({ name, make }) => {
  it('sees a change at once: an application over HTTP, one on the database, OFREP, and curl', async () => {
    const ground = await make();
    onTestFinished(() => ground.remove());
    const running = await run(ground);
    onTestFinished(() => running.close());
    const admin = running.api();
    await admin.projects.create({ metadata: { id: 'shop' }, spec: { name: 'Shop' } });
    await admin.links('shop').create({ metadata: { stage: 'production' }, spec: {} });
    await admin.flags('shop').create({ metadata: { id: 'checkout' }, spec: { type: 'BOOLEAN' } });
    const production = admin.stageDefinitions('shop', 'production');
    await production.patch('checkout', { spec: { enabled: true, defaultVariant: 'off' } });
    const token = await newToken(admin, { name: 'app', role: 'sdk', projects: ['shop'], stages: ['production'] });

    const overHttp = follow(httpSource({ url: `${running.url}/sets/shop/production`, token }));
    onTestFinished(() => overHttp.close());
    const followers = new Map([['http', overHttp]]);
    if (ground.options.database !== undefined) {
      const store = postgresStore({ connectionString: ground.options.database, project: 'shop', stage: 'production' });
      onTestFinished(async () => store.close?.());
      const direct = follow(store);
      onTestFinished(() => direct.close());
      followers.set('postgres', direct);
    }
    await Promise.all([...followers.values()].map((follower) => follower.ready()));

    vi.stubGlobal('EventSource', FetchEventSource);
    onTestFinished(() => void vi.unstubAllGlobals());
    const provider = new OFREPWebProvider({
      baseUrl: running.url,
      headers: [['authorization', `Bearer ${token}`]],
      cacheMode: 'disabled',
    });
    // its optional members may be undefined, which those of the SDK may not
    await OpenFeature.setProviderAndWait(`e2e-${name}`, provider as Provider, { targetingKey: 'u1' });
    onTestFinished(() => OpenFeature.clearProviders());
    const client = OpenFeature.getClient(`e2e-${name}`);
    const byCurl = async (): Promise<unknown> => {
      const { stdout } = await curl('curl', [
        '--silent',
        '--fail-with-body',
        '--header',
        `authorization: Bearer ${token}`,
        '--header',
        'content-type: application/json',
        '--data',
        '{"context":{"targetingKey":"u1"}}',
        `${running.url}/ofrep/v1/evaluate/flags/checkout`,
      ]);
      return (JSON.parse(stdout) as { readonly value: unknown }).value;
    };
    const seen = async (): Promise<Readonly<Record<string, unknown>>> => ({
      ...Object.fromEntries(
        [...followers].map(([who, follower]) => [who, evaluate(follower.snapshot!, 'checkout', 'boolean', {}).value]),
      ),
      ofrep: client.getBooleanValue('checkout', false),
      curl: await byCurl(),
    });
    const all = (value: boolean): Readonly<Record<string, unknown>> => ({
      ...Object.fromEntries([...followers.keys()].map((who) => [who, value])),
      ofrep: value,
      curl: value,
    });
    expect(await seen()).toEqual(all(false));

    for (const variant of ['on', 'off', 'on'] as const) {
      const value = variant === 'on';
      await production.patch('checkout', { spec: { defaultVariant: variant } });
      // whoever asks this server sees it at once, those who hear of it within moments
      expect(await byCurl()).toBe(value);
      await until('all have seen it', async () => JSON.stringify(await seen()) === JSON.stringify(all(value)));
    }
    expect(await seen()).toEqual(all(true));

    // the same token reads nothing else
    await admin.links('shop').create({ metadata: { stage: 'dev' }, spec: {} });
    const other = await fetch(`${running.url}/sets/shop/dev`, { headers: { authorization: `Bearer ${token}` } });
    expect(other.status).toBe(403);
    expect(
      await running
        .api(token)
        .projects.list()
        .catch((error: unknown) => error),
    ).toMatchObject({ status: 403 });
    // no secret has been told
    const told = JSON.stringify(running.log);
    expect(told).toContain('"operation":"createToken"');
    for (const secret of [token, running.token]) expect(told).not.toContain(secret.slice(-30));
  });
});
