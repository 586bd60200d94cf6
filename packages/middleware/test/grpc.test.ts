import {
  Metadata,
  type ServerDuplexStream,
  ServerInterceptingCall,
  type ServerInterceptor,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { OpenFeature } from '@openfeature/server-sdk';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type GrpcCall, grpcInterceptor, requireFlag } from '../src/grpc/index.ts';
import { boolean, currentContext, string } from '../src/index.ts';
import { collect, converse, serveShop, spread, type Text, unary } from './grpc-support.ts';
import { dawdle, echo, warnings } from './support.ts';

beforeAll(() => OpenFeature.setProviderAndWait(echo()));

const who = (): unknown => currentContext().targetingKey;

function userIn({ metadata }: GrpcCall): { targetingKey: string } {
  return { targetingKey: String(metadata.get('user')[0]) };
}

const byUser = grpcInterceptor({ context: userIn });
const byUserLater = grpcInterceptor({
  context: async (call) => {
    await dawdle();
    return userIn(call);
  },
});

function as(user: string): Metadata {
  const metadata = new Metadata();
  metadata.set('user', user);
  return metadata;
}

/** Handlers of all four types, which note where they do not see who calls. */
function shop(problems: unknown[]): UntypedServiceImplementation {
  const check = async (where: string, { metadata }: { metadata: Metadata }): Promise<void> => {
    const user = metadata.get('user')[0];
    const now = who();
    const evaluated = await string('who', '');
    if (now !== user || evaluated !== user) problems.push([where, user, now, evaluated]);
  };
  return {
    async unary(call: ServerUnaryCall<Text, Text>, done: sendUnaryData<Text>) {
      await check('unary', call);
      await dawdle();
      await check('unary later', call);
      done(null, { text: `${await string('who', '')} ${call.request.text}` });
    },
    collect(call: ServerReadableStream<Text, Text>, done: sendUnaryData<Text>) {
      const texts: string[] = [];
      check('collect', call);
      call.on('data', ({ text }: Text) => {
        check('collect data', call);
        texts.push(text);
      });
      call.on('close', () => check('collect close', call));
      call.on('end', async () => {
        await check('collect end', call);
        await dawdle();
        done(null, { text: `${await string('who', '')} ${texts.join()}` });
      });
    },
    async spread(call: ServerWritableStream<Text, Text>) {
      for (const event of ['drain', 'finish', 'close', 'cancelled'])
        call.on(event, () => check(`spread ${event}`, call));
      for (let n = 0; n < 30; n++) {
        const text = `${await string('who', '')} ${call.request.text}${n} ${'x'.repeat(2000)}`;
        const written = new Promise<void>((resolve) => {
          call.write({ text }, () => {
            check('spread written', call);
            resolve();
          });
        });
        if (n % 7 === 0) await written;
        if (n % 10 === 0) await dawdle();
      }
      call.end();
    },
    converse(call: ServerDuplexStream<Text, Text>) {
      check('converse', call);
      for (const event of ['end', 'finish', 'drain']) call.on(event, () => check(`converse ${event}`, call));
      let answered = Promise.resolve();
      call.on('data', ({ text }: Text) => {
        check('converse data', call);
        answered = answered.then(async () => {
          await dawdle();
          call.write({ text: `${await string('who', '')} ${text}` }, () => check('converse written', call));
        });
      });
      call.on('end', () => answered.then(() => call.end()));
    },
  };
}

describe('grpcInterceptor', () => {
  it.each([
    ['at once', byUser],
    ['later', byUserLater],
  ])('gives calls of all four types their context, hundreds at once: known %s', async (_, interceptor) => {
    const problems: unknown[] = [];
    const client = await serveShop(shop(problems), [interceptor]);
    const users = Array.from({ length: 60 }, (_, n) => `user-${n}`);
    await Promise.all(
      users.map(async (user) => {
        const calls = { client, metadata: as(user) };
        const [one, collected, many, both] = await Promise.all([
          unary(calls, 'a'),
          collect(calls, ['a', 'b', 'c']),
          spread(calls, 's'),
          converse(calls, ['a', 'b', 'c']),
        ]);
        expect([one, collected, both]).toEqual([
          `${user} a`,
          `${user} a,b,c`,
          ['a', 'b', 'c'].map((t) => `${user} ${t}`),
        ]);
        expect(many.map((text) => text.replace(/ x+$/, ''))).toEqual(
          Array.from({ length: 30 }, (_, n) => `${user} s${n}`),
        );
      }),
    );
    expect(problems).toEqual([]);
  });

  it('knows the address of who calls, and takes nothing from the metadata', async () => {
    const client = await serveShop(
      {
        unary: (_call: unknown, done: sendUnaryData<Text>) => done(null, { text: JSON.stringify(currentContext()) }),
      },
      [grpcInterceptor()],
    );
    const metadata = as('admin');
    metadata.set('x-forwarded-for', '6.6.6.6');
    expect(await unary({ client, metadata }, '')).toBe('{"ip":"127.0.0.1"}');
  });

  it('gives an extractor the method, the peer, and the call', async () => {
    const seen: unknown[] = [];
    const client = await serveShop(shop([]), [
      grpcInterceptor({
        context: ({ metadata, path, peer, call }, found) => {
          seen.push([path, peer === call.getPeer(), call.getDeadline(), found]);
          return userIn({ metadata, path, peer, call });
        },
      }),
    ]);
    await unary({ client, metadata: as('a') }, '');
    expect(seen).toEqual([['/shop.Shop/Unary', true, Number.POSITIVE_INFINITY, { ip: '127.0.0.1' }]]);
  });

  it('shows the context in errors and when a call is cancelled', async () => {
    const seen: unknown[] = [];
    let cancelled = (): void => {};
    const ended = new Promise<void>((resolve) => {
      cancelled = resolve;
    });
    const client = await serveShop(
      {
        unary: (call: ServerUnaryCall<Text, Text>, done: sendUnaryData<Text>) => {
          if (call.request.text === 'throw') throw new Error(String(who()));
          done({ code: status.NOT_FOUND, details: String(who()) });
        },
        spread(call: ServerWritableStream<Text, Text>) {
          call.on('cancelled', async () => {
            seen.push(who(), await string('who', ''), call.cancelled);
            cancelled();
          });
          call.write({ text: 'first' });
        },
        converse(call: ServerDuplexStream<Text, Text>) {
          call.on('error', () => seen.push(['error', who()]));
          call.on('data', () => call.emit('error', { code: status.ABORTED, details: String(who()) }));
        },
      },
      [byUserLater],
    );
    const calls = { client, metadata: as('a') };
    await expect(unary(calls, '')).rejects.toMatchObject({ code: status.NOT_FOUND, details: 'a' });
    await expect(unary(calls, 'throw')).rejects.toMatchObject({ code: status.UNKNOWN });
    await expect(converse(calls, ['x'])).rejects.toMatchObject({ code: status.ABORTED, details: 'a' });
    const call = client.spread({ text: '' }, as('b'));
    call.on('error', () => {});
    call.once('data', () => call.cancel());
    await ended;
    expect(seen).toEqual([['error', 'a'], 'b', 'b', true]);
  });

  it('calls no handler for a call that was cancelled before its context was known', async () => {
    let release = (): void => {};
    let asked = (): void => {};
    const called: unknown[] = [];
    const arrived = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const client = await serveShop(
      {
        unary: (_call: unknown, done: sendUnaryData<Text>) => {
          called.push('unary');
          done(null, { text: '' });
        },
      },
      [
        grpcInterceptor({
          context: ({ metadata }) => {
            if (metadata.get('user')[0] !== 'slow') return {};
            asked();
            return new Promise((resolve) => {
              release = () => resolve({});
            });
          },
        }),
      ],
    );
    const call = client.unary({ text: '' }, as('slow'), () => {});
    await arrived;
    call.cancel();
    // the server hears of it before the next call on the same connection
    await unary({ client, metadata: as('next') }, '');
    release();
    await unary({ client, metadata: as('next') }, '');
    expect(called).toEqual(['unary', 'unary']);
  });

  it('a context that fails fails no call', async () => {
    const seen = warnings();
    const told: unknown[] = [];
    const problem = (): never => {
      throw new RangeError('secret');
    };
    for (const interceptor of [
      grpcInterceptor({ context: problem }),
      grpcInterceptor({ context: async () => problem() }),
      grpcInterceptor({
        context: () => 'rubbish' as never,
        onError: (thrown, { path }) => told.push([String(thrown), path]),
      }),
    ]) {
      const client = await serveShop(shop([]), [interceptor]);
      expect(await unary({ client, metadata: as('a') }, 'x')).toBe('nobody x');
    }
    expect(seen.map((text) => /\((\w+)\)/.exec(text)?.[1])).toEqual(['RangeError', 'RangeError']);
    expect(seen.join()).not.toContain('secret');
    expect(told).toEqual([['TypeError: a context must be an object', '/shop.Shop/Unary']]);
    expect(() => grpcInterceptor({ contxt: 1 } as never)).toThrow(/grpcInterceptor has no option "contxt"/);
  });

  it('stands between other interceptors, whichever side they are on', async () => {
    const problems: unknown[] = [];
    const heard: string[] = [];
    // what the one outside does later, it does in no context at all
    const waiting: (() => void)[] = [];
    const timer = setInterval(() => {
      for (const event of waiting.splice(0)) event();
    }, 1);
    onTestFinished(() => clearInterval(timer));
    const other =
      (name: string, later: (event: () => void) => void): ServerInterceptor =>
      (_descriptor, call) =>
        new ServerInterceptingCall(call, {
          start: (next) =>
            next({
              onReceiveMetadata: (metadata, on) => {
                heard.push(`${name} ${who()}`);
                on(metadata);
              },
              onReceiveMessage: (message, on) => later(() => on(message)),
            }),
          sendMessage: (message, on) => later(() => on(message)),
        });
    const outside = other('before', (event) => void waiting.push(event));
    const inside = other('after', (event) => void setImmediate(event));
    const plan = grpcInterceptor({ context: () => ({ plan: 'pro' }) });
    const client = await serveShop(shop(problems), [outside, byUserLater, plan, inside]);
    const calls = { client, metadata: as('a') };
    expect(await unary(calls, 'x')).toBe('a x');
    expect(await collect(calls, ['x', 'y'])).toBe('a x,y');
    expect(await spread(calls, 's')).toHaveLength(30);
    expect(await converse(calls, ['x', 'y'])).toEqual(['a x', 'a y']);
    expect(new Set(heard)).toEqual(new Set(['before undefined', 'after a']));
    expect(problems).toEqual([]);
  });
});

describe('requireFlag', () => {
  it('lets who the flag is off for find no such method', async () => {
    const called: unknown[] = [];
    const handlers = shop([]);
    const noting = Object.fromEntries(
      Object.entries(handlers).map(([name, handler]) => [
        name,
        (...values: unknown[]) => {
          called.push(name);
          (handler as (...values: unknown[]) => void)(...values);
        },
      ]),
    ) as unknown as UntypedServiceImplementation;
    const client = await serveShop(noting, [byUser, requireFlag('new-feature')]);
    const [beta, usual] = ['beta-1', 'a'].map((user) => ({ client, metadata: as(user) })) as [never, never];
    for (const call of [
      () => unary(usual, 'x'),
      () => collect(usual, ['x', 'y']),
      () => spread(usual, 's'),
      () => converse(usual, ['x', 'y']),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: status.UNIMPLEMENTED, details: 'not available' });
    }
    expect(called).toEqual([]);
    expect(await unary(beta, 'x')).toBe('beta-1 x');
    expect(await collect(beta, ['x', 'y'])).toBe('beta-1 x,y');
    expect(await spread(beta, 's')).toHaveLength(30);
    expect(await converse(beta, ['x', 'y'])).toEqual(['beta-1 x', 'beta-1 y']);
  });

  it('guards the methods it is told, with the answer it is told', async () => {
    const client = await serveShop(shop([]), [
      byUser,
      requireFlag('new-feature', false, {
        methods: (path) => path === '/shop.Shop/Collect',
        status: status.PERMISSION_DENIED,
        details: 'not for you',
      }),
      requireFlag('no-such', true),
      requireFlag('no-such', false, {
        methods(path) {
          if (path === '/shop.Shop/Converse') throw new Error('broken');
          return false;
        },
      }),
    ]);
    const calls = { client, metadata: as('a') };
    expect(await unary(calls, 'x')).toBe('a x');
    await expect(collect(calls, ['x'])).rejects.toMatchObject({
      code: status.PERMISSION_DENIED,
      details: 'not for you',
    });
    await expect(converse(calls, ['x'])).rejects.toMatchObject({ code: status.UNIMPLEMENTED });
  });

  it('guards where methods is async, which it must not be, and answers where details cannot be sent', async () => {
    const rejecting = (async () => Promise.reject(new Error('broken'))) as unknown as () => boolean;
    for (const methods of [rejecting, (async () => false) as unknown as () => boolean]) {
      const client = await serveShop(shop([]), [requireFlag('no-such', false, { methods, details: 'lone \ud800' })]);
      await expect(unary({ client, metadata: as('a') }, 'x')).rejects.toMatchObject({
        code: status.UNIMPLEMENTED,
        details: '',
      });
    }
  });

  it.each([[{ status: 0 }], [{ status: 17 }], [{ details: 7 }], [{ methods: ['/shop.Shop/Unary'] }], [{ body: 'x' }]])(
    'refuses what makes no sense: %j',
    (options) => {
      expect(() => requireFlag('a', false, options as never)).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
      );
    },
  );
});

it('handlers may ask for flags of every kind', async () => {
  const client = await serveShop(
    {
      unary: async (_call: unknown, done: sendUnaryData<Text>) =>
        done(null, { text: `${await boolean('new-feature', false)}` }),
    },
    [byUser],
  );
  expect(await unary({ client, metadata: as('beta-1') }, '')).toBe('true');
});
