import { FlagError } from '@flagwright/core';
import { describe, expect, it } from 'vitest';
import { healthOperations, metricsOperation, type Probe } from './health.ts';
import { metricsRegistry } from './metrics.ts';
import { Problem } from './problem.ts';
import { router } from './router.ts';

const nobody = async () => {
  throw new Problem('UNAUTHORIZED', 'there is no token');
};

function made(probe: Probe): (path: string) => Promise<Response> {
  const handle = router(healthOperations({ probe, timeout: 100 }), { authenticate: nobody });
  return (path) => handle(new Request(`http://server.test${path}`));
}

describe('health', () => {
  it('is told to everybody', async () => {
    const ask = made(async () => undefined);
    const [live, ready] = [await ask('/healthz'), await ask('/readyz')];
    expect([live.status, await live.json()]).toEqual([200, { status: 'ok' }]);
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready' }]);
  });

  it.each<[string, Probe, string]>([
    ['an error of ours', async () => Promise.reject(new FlagError('UNAVAILABLE', 'secret')), 'UNAVAILABLE'],
    ['an error of a driver', async () => Promise.reject(new Error('secret')), 'INTERNAL'],
    [
      'a throw',
      () => {
        throw new TypeError('secret');
      },
      'INTERNAL',
    ],
    ['no answer', () => new Promise(() => undefined), 'TIMEOUT'],
  ])('says in a word why a server is not ready: %s', async (_, probe, reason) => {
    const ask = made(probe);
    const response = await ask('/readyz');
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ code: 'UNAVAILABLE', reason });
    expect(text).not.toContain('secret');
    expect((await ask('/healthz')).status).toBe(200);
  });

  it('asks once at a time, however many want to know, and anew afterwards', async () => {
    let asked = 0;
    const signals: AbortSignal[] = [];
    const ask = made((signal) => {
      signals.push(signal);
      return asked++ === 0 ? new Promise(() => undefined) : Promise.resolve();
    });
    const answers = await Promise.all([ask('/readyz'), ask('/readyz'), ask('/readyz')]);
    expect([answers.map(({ status }) => status), asked, signals[0]!.aborted]).toEqual([[503, 503, 503], 1, true]);
    expect([(await ask('/readyz')).status, asked]).toEqual([200, 2]);
  });
});

it('metrics are for those who may read, unless they are public', async () => {
  const metrics = metricsRegistry();
  metrics.counter({ name: 'things_total', help: 'Things.' }).add();
  const ask = (isPublic: boolean) =>
    router([metricsOperation(metrics, isPublic)], { authenticate: nobody })(new Request('http://server.test/metrics'));
  expect((await ask(false)).status).toBe(401);
  const response = await ask(true);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(await response.text()).toBe('# HELP things_total Things.\n# TYPE things_total counter\nthings_total 1\n');
});
