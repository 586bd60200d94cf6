import { until } from '@flagwright/test-servers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Served, seedProject, served } from '../../test/server.ts';
import type { Ran, Surroundings } from '../../test/world.ts';

let server: Served;
let projects = 0;

beforeAll(async () => {
  server = await served();
});

/** A project of a test's own: they run side by side, for each waits for seconds to pass. */
async function ownProject(): Promise<string> {
  const project = `p-${++projects}`;
  await seedProject(server.api, project);
  return project;
}

afterAll(() => server.close());

/** A watch that is under way. */
interface Watching {
  readonly said: { readonly out: string; readonly err: string };
  /** Waits until the output has something. */
  has(text: string | RegExp, stream?: 'out' | 'err'): Promise<void>;
  interrupt(): void;
  readonly ended: Promise<Ran>;
}

function watching(args: readonly string[], surroundings: Surroundings = {}): Watching {
  const controller = new AbortController();
  let said = { out: '', err: '' };
  const ended = server.flagctl([...args, '--interval', '1s'], {
    interrupted: () => controller.signal,
    heard: (heard) => {
      said = { ...heard };
    },
    ...surroundings,
  });
  return {
    get said() {
      return said;
    },
    async has(text, stream = 'out') {
      const found = (): boolean => (typeof text === 'string' ? said[stream].includes(text) : text.test(said[stream]));
      await until(
        () => `${stream} has ${text}; it is ${said.out}${said.err}`,
        () => found(),
      );
    },
    interrupt: () => controller.abort(),
    ended,
  };
}

it.concurrent.each([
  ['get', ['get', 'ff', '--watch']],
  ['watch', ['watch', 'ff']],
])('%s shows what there is, then each change with its mark', async (_, verb) => {
  const project = await ownProject();
  const { api } = server;
  const watch = watching([...verb, '--project', project]);
  await watch.has('new-checkout');
  await api.flags(project).create({ metadata: { id: 'theme' }, spec: { type: 'STRING', variants: { red: 'r' } } });
  await watch.has('+ theme');
  await api.stageDefinitions(project, 'dev').replace('new-checkout', { spec: { enabled: true } });
  await watch.has('~ new-checkout');
  await api.flags(project).delete('theme');
  await watch.has('- theme');
  watch.interrupt();
  const { code, out, err } = await watch.ended;
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out.replace(/(?:now|\d+s ago)$/gm, 'AGE')).toBe(
    [
      '  NAME           TYPE      VARIANTS   STAGES ACTIVE   MODIFIED',
      '  new-checkout   BOOLEAN   on, off    0/3             AGE',
      '+ theme          STRING    red        0/3             AGE',
      '~ new-checkout   BOOLEAN   on, off    1/3             AGE',
      '- theme          STRING    red        0/3             AGE',
      '',
    ].join('\n'),
  );
});

it.concurrent('without what is there at the beginning, and in colours', async () => {
  const project = await ownProject();
  const terminal = { in: false, out: true, err: false, columns: 100 };
  const asked = counted();
  const watch = watching(['get', 'ffs', '--project', project, '--watch-only'], { terminal, fetch: asked.fetch });
  await until('it has looked', () => asked.count() > 0 && asked.idle());
  expect(watch.said.out).toBe('');
  await server.api.stageDefinitions(project, 'dev').replace('new-checkout', { spec: { enabled: true } });
  await watch.has('new-checkout');
  watch.interrupt();
  expect((await watch.ended).out).toMatch(
    /^ {2}PROJECT .*\n.\[32m\+.\[39m p-\d+ +new-checkout +dev +.\[32mtrue.\[39m +- +no\n$/,
  );
});

it.concurrent('as JSON each change is a line', async () => {
  const project = await ownProject();
  const { api } = server;
  const watch = watching(['watch', 'ctx', '--project', project, '-o', 'json']);
  await api.contexts(project).create({ metadata: { id: 'region' }, spec: { type: 'STRING' } });
  await watch.has('"ADDED"');
  await api.contexts(project).patch('region', { spec: { description: 'Where' } });
  await watch.has('"MODIFIED"');
  await api.contexts(project).delete('region');
  await watch.has('"DELETED"');
  watch.interrupt();
  const { out } = await watch.ended;
  const lines = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; object: { id: string; spec: object } });
  expect(lines).toMatchObject([
    { type: 'ADDED', object: { kind: 'Context', id: 'region' } },
    { type: 'MODIFIED', object: { spec: { description: 'Where' } } },
    { type: 'DELETED', object: { spec: { description: 'Where' } } },
  ]);
});

it.concurrent('one that was named may go, and come back', async () => {
  const project = await ownProject();
  const { api } = server;
  await api.contexts(project).create({ metadata: { id: 'region' }, spec: { type: 'STRING' } });
  const watch = watching(['watch', 'ctx', 'region', '--project', project, '-o', 'yaml']);
  await watch.has('type: ADDED\nobject:\n    apiVersion: feature-flag/v0.3\n    kind: Context\n    id: region\n');
  await api.contexts(project).delete('region');
  await watch.has('---\ntype: DELETED\n');
  await api.contexts(project).create({ metadata: { id: 'region' }, spec: { type: 'NUMBER' } });
  await watch.has(/DELETED\n(?:[^-].*\n)+---\ntype: ADDED\n/);
  watch.interrupt();
  expect((await watch.ended).code).toBe(0);
});

/** A fetch that may be told to fail, and says how often it was asked. */
function counted(): {
  fetch: typeof fetch;
  count(): number;
  idle(): boolean;
  fail?: ((signal: AbortSignal) => Promise<Response>) | undefined;
} {
  let [begun, done] = [0, 0];
  const self: ReturnType<typeof counted> = {
    count: () => begun,
    idle: () => begun === done,
    fetch: async (input, init) => {
      begun++;
      try {
        return await (self.fail === undefined ? fetch(input, init) : self.fail(init!.signal!));
      } finally {
        done++;
      }
    },
  };
  return self;
}

const refused = async (): Promise<Response> => {
  throw new TypeError('fetch failed', {
    cause: Object.assign(new Error('no'), { code: 'ECONNREFUSED', syscall: 'connect' }),
  });
};
const problem =
  (status: number, code: string, headers: Record<string, string> = {}) =>
  async (): Promise<Response> =>
    new Response(JSON.stringify({ code, detail: `it is ${code}` }), { status, headers });

const FOREIGN = /^Warning: http:\S+ has answered, and not as Flagwright does: .+; trying again, 1 s from now\n$/;

it.concurrent.each<[what: string, fail: () => Promise<Response>, warning: RegExp]>([
  ['no server', refused, /^Warning: the server \S+ cannot be reached \(ECONNREFUSED\); trying again, 1 s from now\n$/],
  [
    'too many requests',
    problem(429, 'RATE_LIMITED', { 'retry-after': '2' }),
    /^Warning: it is RATE_LIMITED; .*, 2 s from now\n$/,
  ],
  ['an error of the server', problem(500, 'INTERNAL'), /^Warning: it is INTERNAL; trying again/],
  ['null', async () => Response.json(null), FOREIGN],
  ['something without items', async () => Response.json({}), FOREIGN],
  ['odd items', async () => Response.json({ items: [null, 1], totalCount: 2 }), FOREIGN],
  ['an empty answer', async () => new Response(''), FOREIGN],
  ['a page', async () => new Response('<html>', { headers: { 'content-type': 'text/html' } }), FOREIGN],
])('%s is told of once, and tried again', async (_, fail, warning) => {
  const project = await ownProject();
  const asked = counted();
  const watch = watching(['get', 'ff', '--project', project, '--watch'], { fetch: asked.fetch });
  await watch.has('new-checkout');
  asked.fail = fail;
  const before = asked.count();
  await until('it has tried twice', () => asked.count() >= before + 2);
  expect(watch.said.err).toMatch(warning);
  asked.fail = undefined;
  await server.api.flags(project).create({ metadata: { id: 'more' }, spec: { type: 'BOOLEAN' } });
  await watch.has('+ more');
  watch.interrupt();
  const { code, err } = await watch.ended;
  expect({ code, lines: err.split('\n').slice(1) }).toEqual({ code: 0, lines: ['The server is back.', ''] });
});

it.concurrent.each([
  [401, 'UNAUTHORIZED', 3],
  [403, 'FORBIDDEN', 5],
  [404, 'NOT_FOUND', 4],
])('%i ends it', async (status, code, exit) => {
  const project = await ownProject();
  const asked = counted();
  const watch = watching(['get', 'ff', '--project', project, '--watch'], { fetch: asked.fetch });
  await watch.has('new-checkout');
  asked.fail = problem(status, code);
  expect(await watch.ended).toMatchObject({ code: exit, err: expect.stringMatching(/^Error: /) });
});

it.concurrent.each<[what: string, args: readonly string[], code: number, err: RegExp]>([
  ['an id that there is not', ['ff', 'nope'], 4, /^Error: feature flag "nope" /],
  ['a project that there is not', ['ff', '--project', 'nope'], 4, /^Error: project "nope" not found/],
])('%s ends it', async (_, args, code, err) => {
  const project = await ownProject();
  const { ended } = watching(['watch', ...args.slice(0, 1), '--project', project, ...args.slice(1)]);
  expect(await ended).toMatchObject({ code, err: expect.stringMatching(err) });
});

it.concurrent('no server from the beginning ends it', async () => {
  const project = await ownProject();
  const { ended } = watching(['watch', 'ff', '--project', project], { fetch: refused });
  expect(await ended).toMatchObject({ code: 1, err: expect.stringMatching(/^Error: .*ECONNREFUSED/) });
});

it.concurrent('it is interrupted while a request is on its way', async () => {
  const project = await ownProject();
  const asked = counted();
  const watch = watching(['get', 'ff', '--project', project, '--watch'], { fetch: asked.fetch });
  await watch.has('new-checkout');
  let aborted = false;
  asked.fail = (signal) =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        aborted = true;
        reject(signal.reason);
      });
    });
  await until('a request is on its way', () => !asked.idle());
  watch.interrupt();
  expect(await watch.ended).toMatchObject({ code: 0, err: '' });
  expect(aborted).toBe(true);
});

it.concurrent('it is interrupted while it waits, and before it begins', async () => {
  const project = await ownProject();
  const asked = counted();
  const watch = watching(['get', 'ff', '--project', project, '--watch'], { fetch: asked.fetch });
  await watch.has('new-checkout');
  const count = asked.count();
  watch.interrupt();
  expect(await watch.ended).toMatchObject({ code: 0, err: '' });
  expect(asked.count()).toBe(count);
  const never = counted();
  const { ended } = watching(['get', 'ff', '--project', project, '--watch'], {
    fetch: never.fetch,
    interrupted: () => AbortSignal.abort(),
  });
  expect(await ended).toEqual({ code: 0, out: '', err: '' });
  expect(never.count()).toBe(0);
});

it.concurrent('an output that nobody reads ends it', async () => {
  const project = await ownProject();
  const { ended } = watching(['get', 'ff', '--project', project, '--watch'], {
    out: () => Promise.reject(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
  });
  expect(await ended).toEqual({ code: 0, out: '', err: '' });
});

it.concurrent('an empty list is told of, and what comes has titles', async () => {
  const project = await ownProject();
  const watch = watching(['watch', 'ctx', '--project', project]);
  await watch.has(`No context attributes found in project "${project}".\n`, 'err');
  await server.api.contexts(project).create({ metadata: { id: 'region' }, spec: { type: 'STRING' } });
  await watch.has('+ region');
  watch.interrupt();
  expect((await watch.ended).out).toBe('  NAME     TYPE     DESCRIPTION\n+ region   STRING   -\n');
});

it.concurrent.each([
  ['500ms', /--interval is "500ms"; expected a duration from 1s to 24h/],
  ['soon', /--interval is "soon"; expected a duration/],
  ['25h', /--interval is "25h"/],
])('an interval of %s is refused', async (interval, err) => {
  const project = await ownProject();
  const { code, err: said } = await server.flagctl([
    'get',
    'ff',
    '--project',
    project,
    '--watch',
    '--interval',
    interval,
  ]);
  expect({ code, said }).toEqual({ code: 2, said: expect.stringMatching(err) });
});

it.concurrent('a page is not watched', async () => {
  const project = await ownProject();
  const { code, err } = await server.flagctl(['get', 'ff', '--project', project, '--watch', '--page', '2']);
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('--page goes with lists that are read once') });
});
