import { defineGates, liveGates } from '@flagwright/gates';
import { gatesClient } from '@flagwright/gates/rest';
import { postgresStore } from '@flagwright/sources/postgres';
import { until } from '@flagwright/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ControlPlane } from '../../src/client/index.ts';
import { GATES_SET } from '../../src/server/gates.ts';
import { GROUNDS, type Ground, newToken, type Running, run } from './servers.ts';

describe.each(GROUNDS)('other interfaces of a server on $name', ({ make }) => {
  let ground: Ground;
  let running: Running;
  let admin: ControlPlane;

  beforeAll(async () => {
    ground = await make();
    running = await run(ground);
    admin = running.api();
    await admin.projects.create({ metadata: { id: 'shop' }, spec: {} });
  });
  afterAll(async () => {
    await running.close();
    await ground.remove();
  });

  it('gates of a cluster: 201, 409, 404, 400, and whoever has the database follows them', async () => {
    const url = `${running.url}/1.0/feature-gates`;
    const ask = (method: string, path: string, body?: unknown): Promise<Response> =>
      fetch(url + path, {
        method,
        headers: { authorization: `Bearer ${running.token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    const gate = { 'gate-key': 'feature.storage.ceph', enabled: true };
    expect((await ask('GET', '')).status).toBe(200);
    expect((await ask('POST', '', gate)).status).toBe(201);
    expect((await ask('POST', '', gate)).status).toBe(409);
    expect((await ask('GET', '/feature.nothing')).status).toBe(404);
    expect((await ask('POST', '', { 'gate-key': 'feature.x', enabled: 'perhaps' })).status).toBe(400);
    expect((await fetch(url)).status).toBe(401);
    const viewer = await newToken(admin, { name: 'looks', role: 'viewer' });
    const looking = gatesClient(url, { token: viewer });
    expect(await looking.list()).toMatchObject([{ name: 'storage.ceph', enabled: true }]);
    await expect(looking.update('storage.ceph', false)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });

    if (ground.options.database === undefined) return;
    const declared = defineGates(
      { program: 'node', version: '1.0.0' },
      {
        'storage.ceph': {
          owner: '@storage',
          description: 'Keeps files in Ceph.',
          history: [{ version: '0.1', stage: 'alpha' }],
        },
      },
    );
    const store = postgresStore({ connectionString: ground.options.database, ...GATES_SET });
    const live = liveGates(declared, store);
    try {
      await live.ready();
      expect(live.enabled('storage.ceph')).toBe(true);
      const [row] = await store.read().then(({ document }) => [...(document.flags as ReadonlyMap<string, unknown>)]);
      expect(row?.[0]).toBe('feature.storage.ceph');
      await gatesClient(url, { token: running.token }).update('storage.ceph', false);
      await until('the gate is closed', () => !live.enabled('storage.ceph'));
    } finally {
      await live.close();
      await store.close?.();
    }
  });

  it('the manifest of the OpenFeature CLI: what code needs is what flags are', async () => {
    const token = await newToken(admin, { name: 'codegen', role: 'editor', projects: ['shop'] });
    const ask = async (method: string, path: string, body?: unknown): Promise<readonly [number, unknown]> => {
      const answer = await fetch(`${running.url}/openfeature/v0/manifest${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return [answer.status, await answer.json()];
    };
    const flags = [
      { key: 'dark-mode', name: 'Dark mode', type: 'boolean', defaultValue: true, description: 'Dark colours' },
      { key: 'limit', name: 'limit', type: 'integer', defaultValue: 10 },
      { key: 'theme', name: 'theme', type: 'string', defaultValue: 'plain' },
      { key: 'where', name: 'where', type: 'object', defaultValue: { x: 1 } },
    ];
    for (const flag of flags) expect(await ask('POST', '/flags', flag)).toMatchObject([201, { flag }]);
    expect(await ask('POST', '/flags', flags[0])).toMatchObject([409, { error: { status: 409 } }]);
    expect(await ask('GET', '')).toEqual([200, { flags }]);
    expect(await admin.flags('shop').get('dark-mode')).toMatchObject({
      spec: { type: 'BOOLEAN', variants: { on: true, off: false }, defaultVariant: 'on', name: 'Dark mode' },
    });
    const changed = { key: 'limit', type: 'integer', defaultValue: 20, description: 'At most' };
    expect(await ask('PUT', '/flags/limit', changed)).toMatchObject([200, { flag: changed }]);
    expect((await ask('PUT', '/flags/limit', { ...changed, type: 'string', defaultValue: 'x' }))[0]).toBe(409);
    expect((await ask('DELETE', '/flags/theme'))[0]).toBe(200);
    expect((await ask('POST', '/flags', flags[2]))[0]).toBe(409);
    const [, listed] = await ask('GET', '');
    expect((listed as { readonly flags: readonly { readonly key: string }[] }).flags.map(({ key }) => key)).toEqual([
      'dark-mode',
      'limit',
      'where',
    ]);
  });

  it('describes itself, and tells how it is', async () => {
    const openapi = (await (await fetch(`${running.url}/openapi.json`)).json()) as {
      readonly openapi: string;
      readonly paths: Readonly<Record<string, unknown>>;
    };
    expect(openapi.openapi).toBe('3.1.0');
    expect(Object.keys(openapi.paths)).toContain(
      '/platform/feature-flag-management/v0.3/projects/{project}/feature-flags/{flag}',
    );
    const yaml = await (await fetch(`${running.url}/feature-flags.yaml`)).text();
    expect(yaml).toMatch(/^openapi: /m);
    expect(await (await fetch(`${running.url}/healthz`)).json()).toMatchObject({ status: expect.any(String) });
    expect((await fetch(`${running.url}/readyz`)).status).toBe(200);
    expect((await fetch(`${running.url}/metrics`)).status).toBe(401);
    const metrics = await fetch(`${running.url}/metrics`, { headers: { 'x-api-key': running.token } });
    expect(await metrics.text()).toMatch(
      /^flagwright_http_requests_total\{method="GET",operation="getReadiness",status="200"\} \d+$/m,
    );
  });

  it('starts again with all it had, and tells no first token again', async () => {
    expect(running.token).toMatch(/^fwt_/);
    const { token } = running;
    await running.close();
    running = await run(ground);
    expect(running.token).toBe('');
    expect(await running.api(token).projects.get('shop')).toMatchObject({ id: 'shop' });
  });
});
