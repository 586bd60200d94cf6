import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Served, seedProject, served } from '../../test/server.ts';
import { ran } from '../../test/world.ts';

let server: Served;
beforeAll(async () => {
  server = await served();
  await seedProject(server.api, 'shop');
});
afterAll(() => server.close());

const PROJECT = {
  apiVersion: 'feature-flag/v0.3',
  kind: 'Project',
  id: 'shop',
  metadata: { id: 'shop' },
  spec: { name: 'Shop' },
  version: '1',
  modificationInfo: {
    createdTime: '2026-01-01T00:00:00Z',
    createdBy: 'me',
    lastModifiedTime: '2026-01-01T00:00:00Z',
    lastModifiedBy: 'me',
  },
};
const without = (name: string): object => Object.fromEntries(Object.entries(PROJECT).filter(([own]) => own !== name));
const list = (items: unknown): object => ({
  apiVersion: 'feature-flag/v0.3',
  items,
  totalCount: 1,
  page: 1,
  pageSize: 1,
});

const answering = (body: unknown, ...args: readonly string[]) =>
  ran([...args, '--server', 'http://127.0.0.1:9'], { home: '/nowhere', fetch: async () => Response.json(body) });

it('takes what is a resource', async () => {
  expect(await answering(list([PROJECT]), 'get', 'projects', '-o', 'name')).toMatchObject({ code: 0, err: '' });
});

const HINTS = `  Is it the address of the server, or does something in front of it, as a proxy, answer?
  The address is that of --server
`;

it.each<[args: string[], body: unknown, what: string]>([
  ...['id', 'kind', 'metadata', 'spec', 'version', 'modificationInfo'].map((name): [string[], unknown, string] => [
    ['get', 'projects'],
    list([without(name)]),
    `the answer.items[0].${name} is missing`,
  ]),
  [['get', 'projects'], list([PROJECT, 7]), 'the answer.items[1] is a number'],
  [['get', 'projects'], { ok: true }, 'the answer.items is missing'],
  [['get', 'projects'], list({ a: 1 }), 'the answer.items is an object'],
  [['get', 'projects', 'shop'], without('modificationInfo'), 'the answer.modificationInfo is missing'],
  [['get', 'ffs', '--project', 'shop'], { ok: true }, 'the answer.items is missing'],
  [['exec', 'ff', '--project', 'shop', '--stage', 'dev'], {}, 'the answer.id is missing'],
])('says of %j answered otherwise that it is not Flagwright', async (args, body, what) => {
  expect(await answering(body, ...args)).toEqual({
    code: 1,
    out: '',
    err: `Error: http://127.0.0.1:9 has answered, and not as Flagwright does: ${what}\n${HINTS}`,
  });
});

const PLACE = ['--project', 'shop', '--stage', 'dev'];
const READING: readonly string[][] = [
  ['get', 'projects'],
  ['get', 'stages'],
  ['get', 'stages', '--project', 'shop'],
  ['get', 'ff', '--project', 'shop'],
  ['get', 'ff', 'a', '--project', 'shop'],
  ['get', 'ffs', ...PLACE],
  ['get', 'ctx', '--project', 'shop'],
  ['get', 'cr'],
  ['describe', 'ff', 'a', '--project', 'shop'],
  ['describe', 'project', 'shop'],
  ['describe', 'cr', 'cr-1'],
  ['history', 'ff', 'a', '--project', 'shop'],
  ['audit'],
  ['exec', 'ff', 'a', ...PLACE],
  ['usage', 'a', '--project', 'shop'],
  ['usage', '--stale', '--project', 'shop'],
  ['whoami'],
  ['token', 'list'],
  ['token', 'show', 'x'],
  ['export', '--project', 'shop'],
  ['diff', '--stages', 'dev,prod', '--project', 'shop'],
  ['diff', 'ff', 'a', '--stages', 'dev,prod', '--project', 'shop'],
  ['rollout', 'simulate', 'a', ...PLACE, '--generate', '10', '--percentage', '50'],
  ['patch', 'ff', 'a', '--project', 'shop', '--dry-run', '--description', 'x'],
  ['approve', 'cr-1'],
];
const WRITING: readonly string[][] = [
  ['create', 'project', 'shop'],
  ['create', 'ff', 'a', '--project', 'shop', '--type', 'BOOLEAN'],
  ['create', 'cr', ...PLACE, '--feature-flag', 'a', '--enabled=true'],
  ['patch', 'ff', 'a', '--project', 'shop', '--description', 'x'],
  ['patch', 'ffs', 'a', ...PLACE, '--enabled=true'],
  ['delete', 'project', 'shop', '--yes'],
  ['link', 'stage', 'dev', '--project', 'shop'],
  ['unlink', 'stage', 'dev', '--project', 'shop', '--force'],
  ['promote', 'ff', 'a', '--project', 'shop', '--from', 'dev', '--to', 'prod'],
  ['close', 'cr-1'],
  ['token', 'create', 'x', '--role', 'viewer'],
];
const BODIES: readonly (readonly [what: string, answer: () => Response])[] = [
  ['null', () => Response.json(null)],
  ['{}', () => Response.json({})],
  ['[]', () => Response.json([])],
  ['odd items', () => Response.json({ items: [null, 1, { id: 5 }, { metadata: null }], totalCount: 'x' })],
  ['nothing', () => new Response('', { status: 200 })],
  ['204', () => new Response(null, { status: 204 })],
  ['half of JSON', () => new Response('{"a":', { headers: { 'content-type': 'application/json' } })],
];

const FOREIGN = /^Error: http:\/\/127\.0\.0\.1:9 has answered, and not as Flagwright does: [^\n]+\n(?: {2}[^\n]+\n)+$/;

it.each(READING.map((args) => [args.join(' '), args] as const))('%s hears nothing but Flagwright', async (_, args) => {
  for (const [what, answer] of BODIES) {
    const { code, out, err } = await ran([...args, '--server', 'http://127.0.0.1:9'], {
      home: '/nowhere',
      fetch: async () => answer(),
    });
    // of diff 1 says that something differs
    const failed = args[0] === 'diff' ? 2 : 1;
    expect({ what, code, out, err }).toEqual({ what, code: failed, out: '', err: expect.stringMatching(FOREIGN) });
  }
});

it.each(WRITING.map((args) => [args.join(' '), args] as const))('%s may have been done', async (_, args) => {
  for (const [what, answer] of BODIES) {
    const { code, out, err } = await ran([...args, '--server', 'http://127.0.0.1:9'], {
      home: '/nowhere',
      fetch: async (input, init) => (init?.method === 'GET' ? stub(String(input)) : answer()),
    });
    expect({ what, code, out, err }).toEqual({ what, code: 1, out: '', err: expect.stringMatching(FOREIGN) });
    expect({ what, err }).toEqual({
      what,
      err: expect.stringContaining('; it may have been done or not\n  Look before you try again\n'),
    });
  }
});

/** A resource, or a list of none: what is read before a change. */
const stub = (address: string): Response =>
  Response.json({
    ...PROJECT,
    ...(/\/stages\/\w+$/.test(address)
      ? { kind: 'ProjectStage', id: 'dev', metadata: { id: 'dev', project: 'shop' } }
      : {}),
    ...list([]),
  });

it.each<[args: string[], err: string]>([
  [
    ['get', 'ff', 'x', '--project', 'nosuch'],
    `Error: project "nosuch" not found\n  Run 'flagctl get projects' to list available projects\n`,
  ],
  [
    ['get', 'ffs', 'x', '--project', 'nosuch', '--stage', 'dev'],
    `Error: project "nosuch" not found\n  Run 'flagctl get projects' to list available projects\n`,
  ],
  [
    ['get', 'ff', 'x', '--project', 'shop'],
    `Error: feature flag "x" not found in project "shop"\n  Run 'flagctl get ff --project shop' to list available flags\n`,
  ],
  [
    ['get', 'ffs', 'new-checkout', '--project', 'shop', '--stage', 'nosuch'],
    `Error: link to stage "nosuch" not found in project "shop"\n  Run 'flagctl get stages --project shop' to list linked stages\n`,
  ],
  [
    ['rollback', 'ff', 'new-checkout', '--project', 'shop', '--to-version', '99999', '--yes'],
    `Error: version 99999 of feature flag "new-checkout" in project "shop" not found\n  Run 'flagctl history ff new-checkout --project shop' to list the versions it had\n`,
  ],
])('%j says what is not there first', async (args, err) => {
  expect(await server.flagctl(args)).toEqual({ code: 4, out: '', err });
});
