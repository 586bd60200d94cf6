import { createClient, follow, WARNING } from '@flagwright/core';
import { memoryStore } from '@flagwright/sources/memory';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type HealthCheck,
  healthCheck,
  healthHandler,
  healthReport,
  livenessHandler,
  readinessHandler,
} from '../../src/health/index.ts';
import { good } from './support.ts';

const url = 'http://localhost/health';
const report = (health = good()) => healthReport({ health: () => health });
const noSource = healthReport({ health: () => undefined });

const warnings: string[] = [];
const listen = ({ name, message }: Error) => {
  if (name === WARNING) warnings.push(message);
};
beforeEach(() => process.on('warning', listen));
afterEach(() => {
  process.off('warning', listen);
  warnings.length = 0;
});

describe('what is asked', () => {
  it('may be a report, a follower, a client, or a function', async () => {
    const store = memoryStore({ flags: { a: { type: 'boolean', default: true } } });
    const follower = follow(store);
    const client = createClient(follower);
    await follower.ready();
    const raw = follower.health();
    const subjects = [report(raw), follower, client, () => raw, () => healthCheck({ health: raw })];
    for (const subject of subjects) {
      const response = healthHandler(subject)(new Request(url));
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ status: 'healthy', flags_loaded: 1 });
    }
    await follower.close();
    expect(readinessHandler(client)(new Request(url)).status).toBe(503);
    expect(healthHandler(() => undefined)(new Request(url)).status).toBe(503);
  });

  it.each([undefined, null, 7, {}, { health: true }, 'x'])('is refused if it is %j', (subject) => {
    for (const handler of [healthHandler, readinessHandler]) {
      expect(() => handler(subject as never)).toThrowError(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    }
  });
});

describe('what does not answer', () => {
  const cyclic: Record<string, unknown> = { status: 'healthy' };
  cyclic.self = cyclic;
  const bad: readonly (readonly [string, () => unknown])[] = [
    [
      'throws',
      () => {
        throw new Error('postgres://app:hunter2@db is away');
      },
    ],
    ['is null', () => null],
    ['is a promise', () => Promise.resolve(healthCheck({ health: good() }))],
    ['is a promise that fails', () => Promise.reject(new Error('hunter2'))],
    ['is of another kind', () => ({ status: 'fine' })],
    ['cannot be written', () => cyclic],
    ['has a BigInt', () => ({ status: 'healthy', provider: { latency_ms: 1n } })],
  ];

  it.each(bad)('because it %s: 503, and nothing of it is seen', async (_, health) => {
    const handler = healthHandler(health as () => HealthCheck);
    for (let i = 0; i < 3; i++) {
      const response = handler(new Request(url));
      expect(response.status).toBe(503);
      expect(await response.json()).toEqual({ status: 'unhealthy', reasons: ['health cannot be told'] });
    }
    await new Promise(setImmediate);
    expect(warnings).toEqual([expect.stringMatching(/^health\(\) threw: /)]);
    expect(warnings.join()).not.toContain('hunter2');
  });

  it('is told again after it has answered', async () => {
    let broken = true;
    const handler = healthHandler(() => {
      if (broken) throw new Error('x');
      return good();
    });
    for (const now of [true, true, false, true, true]) {
      broken = now;
      expect(handler(new Request(url)).status).toBe(now ? 503 : 200);
    }
    await new Promise(setImmediate);
    expect(warnings).toHaveLength(2);
  });
});

describe('codes', () => {
  const cases = [
    ['healthy', report(), 200, 200],
    ['degraded', report(good({ status: 'stale' })), 200, 200],
    ['closed', report(good({ status: 'closed' })), 503, 503],
    ['without flags', report(good({ status: 'starting', revision: undefined })), 503, 503],
    ['without a source', noSource, 503, 503],
  ] as const;

  it.each(cases)('of what is %s', async (_, subject, health, ready) => {
    expect(healthHandler(subject)(new Request(url)).status).toBe(health);
    const readiness = readinessHandler(subject)(new Request(url));
    expect(readiness.status).toBe(ready);
    expect(await readiness.json()).toEqual({ ready: ready === 200 });
    const liveness = livenessHandler()(new Request(url));
    expect(liveness.status).toBe(200);
    expect(await liveness.json()).toEqual({ alive: true });
  });
});

it('without details it names nothing', async () => {
  const subject = healthReport({
    health: () =>
      good({ source: 'secret-source', degraded: ['secret-flag'], revision: 'secret', lastErrorAt: 5, status: 'stale' }),
  });
  const full = (await healthHandler(subject)(new Request(url)).json()) as object;
  const some = (await healthHandler(subject, { details: false })(new Request(url)).json()) as object;
  expect(JSON.stringify(full)).toContain('secret-flag');
  expect(JSON.stringify(some)).not.toMatch(/secret|last_error/);
  expect(some).toMatchObject({ status: 'degraded', broken_flag_count: 1, flags_loaded: 12 });
  expect((some as HealthCheck).reasons).toEqual((full as HealthCheck).reasons);
});
