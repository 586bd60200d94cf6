import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { promisify } from 'node:util';
import { layer } from '@flagwright/gates';
import { checkGates } from '@flagwright/gates/check';
import { formatGates } from '@flagwright/gates/list';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CompletedOptions, complete, validate } from './gates-server/config.ts';
import { eventsService } from './gates-server/events-service.ts';
import { type Feature, features, VERSION } from './gates-server/features.ts';
import { addFlags, newOptions, type Options } from './gates-server/options.ts';
import { type RunningServer, run, start } from './gates-server/server.ts';

// The server of the guide: what it prints, what it does with each gate on and off in each of its releases, and that
// the guide shows its code as it is.

const root = new URL('..', import.meta.url).pathname;
const textOf = (path: string): string => readFileSync(`${root}${path}`, 'utf8');

it('prints the life of EventsProxy', async () => {
  const exec = promisify(execFile);
  await exec('node', ['node_modules/typescript/bin/tsc', '-b'], { cwd: root });
  const { stdout, stderr } = await exec('node', ['examples/dist/run.js', 'gates-server'], { cwd: root });
  expect(stderr).toBe('');
  expect(stdout).toBe(PRINTED);
  // the guide shows the table, and what is told
  const guide = textOf('docs/feature-gates.md');
  expect(guide).toContain(PRINTED.slice(0, PRINTED.indexOf('\n\n')));
  for (const told of [/feature gate PlainTextErrors is .*/, /error flag.*/, /event-expiry: .*alpha.*/]) {
    expect(guide).toContain(told.exec(PRINTED)![0]);
  }
}, 120_000);

const PRINTED = `version  set by                                     GET /events from  GET /nothing
───────  ─────────────────────────────────────────  ────────────────  ────────────────────────────
0.1.0                                               memory            404 text/plain
0.1.0    --feature-gates=EventsProxy=true           events service    404 text/plain
0.3.0                                               events service    404 text/plain
0.3.0    APISERVER_FEATURE_GATES=EventsProxy=false  memory            404 text/plain
0.5.0                                               events service    404 application/problem+json
0.5.0    --feature-gates=EventsProxy=false          does not start
0.5.0    --config=gates.yaml                        events service    404 text/plain
0.7.0    --feature-gates=EventsProxy=true           events service    404 application/problem+json

apiserver 0.1.0
  event-expiry: skipped, EventExpiry is off (it comes in a later version)

apiserver 0.1.0 --feature-gates=EventsProxy=true
  event-expiry: skipped, EventExpiry is off (it comes in a later version)

apiserver 0.3.0
  event-expiry: skipped, EventExpiry is off (alpha, off by default)
  feature gate PlainTextErrors is deprecated and will be removed in 0.7; use application/problem+json instead

apiserver 0.3.0 APISERVER_FEATURE_GATES=EventsProxy=false
  event-expiry: skipped, EventExpiry is off (alpha, off by default)
  feature gate PlainTextErrors is deprecated and will be removed in 0.7; use application/problem+json instead

apiserver 0.5.0

apiserver 0.5.0 --feature-gates=EventsProxy=false
  the feature gates of apiserver cannot be set so:
    error flag.EventsProxy: cannot set feature gate EventsProxy to false, feature is locked to true (set by --feature-gates). Hint: it is GA; leave it out

apiserver 0.5.0 --config=gates.yaml
  Setting deprecated feature gate PlainTextErrors=true. It will be removed in a future release.
  event-expiry: skipped, EventExpiry is off (set by gates.yaml)
  feature gate PlainTextErrors is deprecated and will be removed in 0.7; use application/problem+json instead

apiserver 0.7.0 --feature-gates=EventsProxy=true
  Setting removed feature gate EventsProxy=true. It has no effect any more.
  feature gate EventsProxy was removed in 0.7
  feature gate PlainTextErrors was removed in 0.7; use application/problem+json instead
`;

/** Options with gates on and off, as no user could set them. */
function optionsWith(gates: Partial<Record<Feature, boolean>>, log: string[], version = VERSION): Options {
  const options = newOptions((line) => log.push(line), version);
  return { ...options, gates: options.gates.with(layer('override', gates as Record<string, boolean>)) };
}

const ask = async (server: RunningServer, path: string, init?: RequestInit): Promise<readonly [number, unknown]> => {
  const answer = await fetch(`${server.url}${path}`, init);
  const json = /json/.test(answer.headers.get('content-type') ?? '');
  return [answer.status, json ? await answer.json() : await answer.text()];
};

describe('the server', () => {
  let service: Awaited<ReturnType<typeof eventsService>>;
  const running: RunningServer[] = [];
  beforeAll(async () => {
    service = await eventsService();
  });
  afterAll(async () => {
    await Promise.all([service, ...running].map((one) => one.close()));
  });

  async function serve(
    gates: Partial<Record<Feature, boolean>>,
    { argv = [], version = '0.3.0' }: { readonly argv?: readonly string[]; readonly version?: string } = {},
  ): Promise<{ readonly server: RunningServer; readonly log: readonly string[] }> {
    const log: string[] = [];
    const server = await start(
      optionsWith(gates, log, version),
      ['--port=0', `--events-backend=${service.url}`, ...argv],
      {},
    );
    running.push(server);
    return { server, log };
  }

  it.each([
    [false, { from: 'memory', items: ['server started'] }],
    [true, { from: 'events service', items: ['shop was created', 'blog was created'] }],
  ])('EventsProxy=%s decides who answers /events', async (on, answer) => {
    const { server } = await serve({ EventsProxy: on });
    expect(await ask(server, '/events')).toEqual([200, answer]);
    expect(await ask(server, '/projects')).toEqual([200, { items: ['shop', 'blog'] }]);
  });

  it.each([
    [true, 'there is nothing here\n'],
    [false, { status: 404, title: 'there is nothing here' }],
  ])('PlainTextErrors=%s decides how errors look', async (on, answer) => {
    const { server } = await serve({ PlainTextErrors: on });
    expect(await ask(server, '/nothing')).toEqual([404, answer]);
    expect((await ask(server, '/events', { method: 'POST' }))[0]).toBe(405);
  });

  it.each([false, true])('EventExpiry=%s decides whether old events are forgotten', async (on) => {
    const log: string[] = [];
    const completed = complete(
      await addFlags(optionsWith({ EventExpiry: on, EventsProxy: false }, log, '0.3.0'), ['--port=0'], {}),
    );
    completed.store.record('of yesterday', Date.now() - 86_400_000);
    const server = await run(completed);
    running.push(server);
    const items = on ? ['server started'] : ['of yesterday', 'server started'];
    expect(await ask(server, '/events')).toEqual([200, { from: 'memory', items }]);
    expect(log[0]).toBe(
      on ? 'event-expiry: 1 old events are forgotten' : 'event-expiry: skipped, EventExpiry is off (set by override)',
    );
  });

  it('tells operators what is on and why', async () => {
    const { server } = await serve({ EventsProxy: true });
    const [status, body] = await ask(server, '/features');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      items: [
        { name: 'EventExpiry', stage: 'alpha', enabled: false, source: 'default' },
        { name: 'EventsProxy', stage: 'beta', enabled: true, source: 'override', owner: '@platform' },
        { name: 'PlainTextErrors', stage: 'deprecated', enabled: true, until: '0.7' },
      ],
    });
  });

  it('passes on the query and what the client accepts, and no credentials; follows nothing that it is told', async () => {
    const seen: unknown[] = [];
    const backend = createServer(({ url, headers }, response) => {
      seen.push([url, headers.accept, headers.authorization, headers.cookie]);
      response.writeHead(302, { 'content-type': 'text/html', location: 'http://elsewhere/' }).end('moved');
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => backend.once('listening', resolve));
    const { port } = backend.address() as { port: number };
    const { server } = await serve({ EventsProxy: true }, { argv: [`--events-backend=http://127.0.0.1:${port}/v1/`] });
    const headers = { authorization: 'Bearer secret', cookie: 'session=secret', accept: 'text/html' };
    expect(await ask(server, '/events?since=5?b=c', { headers, redirect: 'manual' })).toEqual([302, 'moved']);
    expect(seen).toEqual([['/v1/events?since=5?b=c', 'text/html', undefined, undefined]]);
    await new Promise((resolve) => backend.close(resolve));

    // and when the backend is gone, that is said, and nothing else is hurt
    expect(await ask(server, '/events')).toEqual([502, 'the events backend does not answer\n']);
    expect((await ask(server, '/projects'))[0]).toBe(200);
  });

  it('an old gate may stay in configurations after it is gone, and one that is not there yet cannot be on', async () => {
    const { server, log } = await serve({}, { version: '0.7.0', argv: ['--feature-gates=EventsProxy=true'] });
    expect((await ask(server, '/events'))[1]).toMatchObject({ from: 'events service' });
    expect(log).toContain('feature gate EventsProxy was removed in 0.7');
    await expect(serve({}, { version: '0.1.0', argv: ['--feature-gates=EventExpiry=true'] })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining(
        'cannot set feature gate EventExpiry to true, feature is PreAlpha at version 0.1.0',
      ),
    });
  });
});

describe('options', () => {
  it('the command line is above the environment, and that above the file, for each gate', async () => {
    const { gates } = await addFlags(
      newOptions(() => {}, '0.3.0'),
      ['--feature-gates=EventsProxy=true', `--config=${root}examples/gates-server/gates.yaml`],
      { APISERVER_FEATURE_GATES: 'EventsProxy=false,PlainTextErrors=false' },
    );
    expect(gates.list().map(({ name, enabled, layer: by }) => [name, enabled, by])).toEqual([
      ['EventExpiry', false, 'file'],
      ['EventsProxy', true, 'flag'],
      ['PlainTextErrors', false, 'env'],
    ]);
  });

  it('complete fills in a default that depends on a gate', () => {
    const ttl = (on: boolean): number => complete(optionsWith({ EventsProxy: on }, [], '0.3.0')).eventTtl;
    expect([ttl(false), ttl(true)]).toEqual([3_600, 300]);
  });

  it('validate tells everything that is wrong, and what a gate needs only if it is on', () => {
    const wrong = { port: 70_000, eventTtl: -1, eventsBackend: 'ftp://events' };
    const errors = (on: boolean) => validate(complete({ ...optionsWith({ EventsProxy: on }, [], '0.3.0'), ...wrong }));
    expect(errors(true)).toEqual([
      '--port is 70000; expected 0 to 65535',
      '--event-ttl is -1; expected seconds, more than 0',
      '--events-backend is "ftp://events"; expected an http: URL without a user, as EventsProxy is on (set by override)',
    ]);
    expect(errors(false)).toHaveLength(2);
  });

  it.each(['http://u:p4ss@host', 'ftp://u:p4ss@host', 'http://u:p4/ss@host', 'u:p4ss@host', 'ftp:u:p4ss@\nhost'])(
    'validate refuses an address with a password, and does not show it: %j',
    (eventsBackend) => {
      const options = optionsWith({ EventsProxy: true }, [], '0.3.0');
      const [error, ...others] = validate(complete({ ...options, port: 0, eventsBackend }));
      expect(others).toEqual([]);
      expect(error).toMatch(/^--events-backend is ".*@(\\n)?host"; expected an http: URL without a user/);
      expect(error).not.toMatch(/p4|ss@/);
    },
  );

  it.each([
    ['--port=', '--port is NaN'],
    ['--port= ', '--port is NaN'],
    ['--event-ttl=', '--event-ttl is NaN'],
    ['--event-ttl=1e400', '--event-ttl is Infinity'],
  ])('start refuses %s', async (word, message) => {
    const argv = ['--port=0', '--events-backend=http://events', word];
    await expect(
      start(
        newOptions(() => {}),
        argv,
        {},
      ),
    ).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining(message),
    });
  });

  it('addFlags tells of all gates first, then of the command line', async () => {
    const wrong = ['--feature-gates=EventsProxy=false', '--features=x', '--bogus', '--config=no-such-file.yaml'];
    const add = (argv: readonly string[], env = {}) =>
      addFlags(
        newOptions(() => {}),
        argv,
        env,
      );
    const env = { APISERVER_FEATURE_GATES: 'Evnets=true' };
    await expect(add(wrong, env)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(/x must be formatted.*no-such-file.*EventsProxy to false.*Evnets/s),
    });
    for (const argv of [['--bogus'], ['--port'], ['word']]) {
      await expect(add(argv)).rejects.toMatchObject({ name: 'FlagError', code: 'INVALID_ARGUMENT' });
    }
  });

  it('start refuses what is not valid, with all of it', async () => {
    await expect(
      start(
        newOptions(() => {}),
        ['--port=x'],
        {},
      ),
    ).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(/--port is NaN.*--events-backend is ""/s),
    });
  });

  it('only complete makes what can run', async () => {
    const completed = complete({ ...optionsWith({ EventsProxy: false }, [], '0.3.0'), port: 0 });
    await expect(run({ ...completed, port: 1 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(() => Object.assign(completed, { port: 1 })).toThrow(TypeError);
    // @ts-expect-error a literal lacks what only complete can give
    const forged: CompletedOptions = { ...newOptions(), eventTtl: 1, store: completed.store };
    await expect(run(forged)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('a name that is not declared does not compile', () => {
    // @ts-expect-error the letters are mixed up
    expect(() => features(VERSION, () => {}).enabled('EvnetsProxy')).toThrow();
  });
});

it('every gate of it is asked for, and what asks for one is declared', async () => {
  const { issues } = await checkGates({
    gates: features(VERSION, () => {}),
    roots: [`${root}examples/gates-server`],
  });
  expect(issues).toEqual([]);
});

describe('the guide', () => {
  const guide = textOf('docs/feature-gates.md');
  const blocks = [...guide.matchAll(/^ *```ts (examples\/gates-server\/\S+)\n(.*?)^ *```$/gms)];

  it('shows the listing as it is', async () => {
    const options = newOptions(() => {}, '0.3.0');
    const env = { APISERVER_FEATURE_PLAIN_TEXT_ERRORS: 'true' };
    const { gates } = await addFlags(options, ['--feature-gates=EventsProxy=false'], env);
    expect(guide).toContain(`\`\`\`text listing\n${formatGates(gates)}\n\`\`\`\n`);
  });

  it('shows the files of the example', () => {
    expect(new Set(blocks.map(([, file]) => file)).size).toBeGreaterThan(6);
  });

  it.each(blocks.map(([, file, code]) => [file!, code!] as const))('shows %s as it is', (file, code) => {
    // the formatter of the page takes indents of blocks away
    const plain = (text: string): string => text.trim().replace(/^ +/gm, '');
    const text = plain(textOf(file));
    for (const part of code.split(/^ *\/\/ …\n/m)) expect(text).toContain(plain(part));
  });
});

describe('proposals', () => {
  const headings = (path: string): readonly string[] =>
    textOf(`docs/proposals/${path}`)
      .split('\n')
      .filter((line) => /^##/.test(line));

  it('a gate says where it was proposed, and the proposal has what the template asks for', () => {
    const { proposal } = features(VERSION, () => {}).state('EventsProxy');
    expect(proposal).toBe('docs/proposals/0001-events-proxy.md');
    const text = textOf(proposal!);
    expect(headings('0001-events-proxy.md')).toEqual(headings('template.md'));
    expect(text).toContain('| gate      | `EventsProxy` ');
    expect(text).not.toContain('UNRESOLVED');
  });
});
