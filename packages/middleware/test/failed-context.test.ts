import { OpenFeature } from '@openfeature/server-sdk';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { currentContext, httpMiddleware } from '../src/index.ts';
import { ask, echo, serve, warnings } from './support.ts';

beforeAll(() => OpenFeature.setProviderAndWait(echo()));

describe('a context that cannot be told', () => {
  const SECRET = 'Bearer 4711';
  const rubbish: readonly [string, () => unknown][] = [
    [
      'an extractor that throws',
      () => {
        throw new RangeError(`no user for ${SECRET}`);
      },
    ],
    [
      'throws nothing',
      () => {
        throw undefined;
      },
    ],
    [
      'throws what cannot be shown',
      () => {
        throw new Proxy(
          {},
          {
            get: () => {
              throw new Error(SECRET);
            },
          },
        );
      },
    ],
    ['rejects', () => Promise.reject(new TypeError(SECRET))],
    ['returns text', () => SECRET],
    ['returns a number', () => 7],
    ['returns null', () => null],
    ['returns a list', () => [{ targetingKey: 'x' }]],
    ['returns a map', () => new Map([['targetingKey', 'x']])],
    ['resolves to rubbish', async () => SECRET],
    [
      'returns a getter that throws',
      () => ({
        get plan() {
          throw new Error(SECRET);
        },
      }),
    ],
    [
      'returns a thenable that throws',
      () =>
        Object.fromEntries([
          [
            'then',
            () => {
              throw new Error(SECRET);
            },
          ],
        ]),
    ],
  ];

  it.each(rubbish)('%s: the request goes on without it', async (_, context) => {
    const seen = warnings();
    const url = await serve(
      httpMiddleware({ context: context as never }).wrap(async (_request, response) => {
        response.end(JSON.stringify(await OpenFeature.getClient().getObjectValue('context', {})));
      }),
    );
    for (let n = 0; n < 3; n++) {
      expect(await ask(url, { headers: { authorization: SECRET } })).toMatchObject({ status: 200, text: '{}' });
    }
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatch(/^httpMiddleware: the context of a request cannot be told \(\w+\), and it goes on without/);
    expect(seen[0]).not.toContain(SECRET);
  });

  it('is told to onError, each time, which may fail as well', async () => {
    const seen = warnings();
    const told: unknown[] = [];
    const url = await serve(
      httpMiddleware({
        context: () => Promise.reject(new RangeError('no session')),
        onError(thrown, { url: path }) {
          told.push([String(thrown), path]);
          if (path === '/2') throw new SyntaxError(SECRET);
        },
      }).wrap((_request, response) => void response.end('on')),
    );
    for (const path of ['/1', '/2', '/3']) expect((await ask(`${url}${path}`)).text).toBe('on');
    expect(told).toEqual(['/1', '/2', '/3'].map((path) => ['RangeError: no session', path]));
    expect(seen).toEqual(['httpMiddleware: onError failed (SyntaxError)']);
  });

  it('is told to an onError that fails later: the process does not end of it', async () => {
    const seen = warnings();
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    onTestFinished(() => void process.off('unhandledRejection', unhandled));
    for (const context of [
      () => Promise.reject(new RangeError('no session')),
      () => {
        throw new RangeError('no session');
      },
    ]) {
      const onError = async (): Promise<never> => {
        throw new SyntaxError(SECRET);
      };
      const handler = httpMiddleware({ context, onError }).wrap((_request, response) => response.end('on'));
      expect((await ask(await serve(handler))).text).toBe('on');
    }
    await vi.waitFor(() => expect(seen).toHaveLength(2));
    expect(new Set(seen)).toEqual(new Set(['httpMiddleware: onError failed (SyntaxError)']));
    expect(unhandled).not.toHaveBeenCalled();
  });

  it('undefined adds nothing, and is no failure', async () => {
    const seen = warnings();
    const url = await serve(
      httpMiddleware({ context: () => undefined }).wrap((_request, response) => {
        response.end(JSON.stringify(currentContext()));
      }),
    );
    expect((await ask(url)).text).toBe('{}');
    expect(seen).toEqual([]);
  });
});

it('options, and contexts, may be any objects: those of a class, a module', async () => {
  class Known {
    readonly [attribute: string]: unknown;
    readonly plan = 'pro';
    readonly [Symbol.toStringTag] = 'Known';
  }
  const module = Object.defineProperty({ context: () => new Known() }, Symbol.toStringTag, { value: 'Module' });
  const show = httpMiddleware(module).wrap((_request, response) => response.end(JSON.stringify(currentContext())));
  expect(JSON.parse((await ask(await serve(show))).text)).toMatchObject({ plan: 'pro' });
  for (const none of [[], new Map(), Promise.resolve({}), null, 'text']) {
    expect(() => httpMiddleware(none as never)).toThrow('takes an object of options');
  }
});
