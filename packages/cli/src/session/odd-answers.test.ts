import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRecord } from '@flagwright/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Served, seedProject, served } from '../../test/server.ts';
import { type Ran, ran } from '../../test/world.ts';

/** More of a command line are not tried; some of all that there are, far from each other. `FLAGCTL_ALL_ODD` tries all. */
const MOST = process.env.FLAGCTL_ALL_ODD === undefined ? 60 : Number.POSITIVE_INFINITY;

let server: Served;
let cwd: string;
const now = Date.now();
const MANIFEST = `apiVersion: feature-flag/v0.3
kind: FeatureFlag
metadata: { id: new-checkout, project: shop }
spec: { type: BOOLEAN, variants: { on: true, off: false }, description: changed }
`;
const DOCUMENT = 'flags: { imported: { type: boolean, default: true } }\n';

beforeAll(async () => {
  server = await served();
  const { api } = server;
  await seedProject(api, 'shop');
  await api.contexts('shop').create({ metadata: { id: 'tier' }, spec: { type: 'STRING' } });
  const variants = { on: true, off: false };
  await api.flags('shop').create({
    metadata: { id: 'basic' },
    spec: { type: 'BOOLEAN', variants, defaultVariant: 'on', enabled: true, tags: ['a'], owner: 'me' },
  });
  await api.stageDefinitions('shop', 'dev').replace('new-checkout', {
    spec: {
      enabled: true,
      defaultVariant: 'off',
      prerequisites: [{ key: 'basic', variation: 'on' }],
      targets: [{ variation: 'on', values: ['ann'] }],
      rules: [
        { id: 'gold', clauses: [{ attribute: 'tier', operator: 'in', values: ['gold'] }], variation: 'on' },
        { id: 'some', clauses: [], percentage: 10, variation: 'on' },
      ],
    },
  });
  await api.stageDefinitions('shop', 'staging').replace('new-checkout', {
    spec: {
      enabled: true,
      defaultVariant: 'off',
      targeting: {
        if: [
          { and: [{ '==': [{ var: 'tier' }, 'gold'] }, true] },
          'on',
          {
            fractional: [
              ['on', 50],
              ['off', 50],
            ],
          },
        ],
      },
    },
  });
  await api.changeRequests.create({
    spec: { projectId: 'shop', featureFlagId: 'new-checkout', stageId: 'dev', enabled: false, comment: 'why' },
  });
  await api.templates.create({
    metadata: { id: 'release' },
    spec: { flag: { type: 'BOOLEAN', variants }, stages: { dev: { enabled: true } } } as never,
  });
  await api.ask('POST', '/tokens', { body: { name: 'ci', role: 'viewer' } });
  const usage = { counts: [{ flag: 'new-checkout', variant: 'on', count: 3 }] };
  await api.ask('POST', '/projects/shop/stages/dev/usage', { body: usage });
  cwd = await mkdtemp(join(tmpdir(), 'flagctl-'));
  await writeFile(join(cwd, 'm.yaml'), MANIFEST);
  await writeFile(join(cwd, 'd.yaml'), DOCUMENT);
}, 60_000);
afterAll(async () => {
  await server.close();
  await rm(cwd, { recursive: true, force: true });
});

interface Heard {
  readonly method: string;
  readonly address: string;
  readonly status: number;
  readonly body: unknown;
}

type Step = string | number;

/** A command line over answers that are there already. */
function replayed(args: readonly string[], heard: readonly Heard[]): Promise<Ran> {
  const left = [...heard];
  return ran([...args, '--server', server.url, '--plain'], {
    cwd,
    home: cwd,
    now: () => now,
    env: { FLAGCTL_TOKEN: 'x' },
    fetch: async (input, init) => {
      const found = left.findIndex(
        ({ method, address }) => method === (init?.method ?? 'GET') && address === String(input),
      );
      if (found < 0) {
        const problem = {
          type: 'urn:flagwright:problem:not-found',
          status: 404,
          code: 'NOT_FOUND',
          detail: 'not found',
        };
        return Response.json(problem, { status: 404 });
      }
      const [{ status, body } = { status: 500, body: null }] = left.splice(found, 1);
      return status === 204 ? new Response(null, { status }) : Response.json(body, { status });
    },
  });
}

async function recorded(args: readonly string[]): Promise<{ readonly heard: readonly Heard[]; readonly ended: Ran }> {
  const heard: Heard[] = [];
  const ended = await ran([...args, '--server', server.url, '--plain'], {
    cwd,
    home: cwd,
    now: () => now,
    env: { FLAGCTL_TOKEN: server.token },
    fetch: async (input, init) => {
      const answer = await fetch(input, init);
      const text = await answer.clone().text();
      const { status } = answer;
      heard.push({
        method: init?.method ?? 'GET',
        address: String(input),
        status,
        body: text === '' ? null : JSON.parse(text),
      });
      return answer;
    },
  });
  return { heard, ended };
}

function* pathsOf(value: unknown, path: readonly Step[] = []): Generator<readonly Step[]> {
  if (path.length > 0) yield path;
  if (Array.isArray(value)) {
    for (const i of value.keys()) yield* pathsOf(value[i], [...path, i]);
  } else if (isRecord(value)) {
    for (const name of Object.keys(value)) yield* pathsOf(value[name], [...path, name]);
  }
}

const GONE = Symbol('gone');
const ODD: Readonly<Record<string, unknown>> = {
  gone: GONE,
  null: null,
  number: -1.5e300,
  text: '\u001b[31mX\u202e\n"y',
  list: [null],
  object: { a: { b: 1 } },
  true: true,
};

function withOdd(body: unknown, path: readonly Step[], odd: unknown): unknown {
  const copy = structuredClone(body);
  const last = path.at(-1)!;
  // biome-ignore lint/suspicious/noExplicitAny: any JSON
  const holder = path.slice(0, -1).reduce<any>((of, step) => of[step], copy);
  if (odd !== GONE) holder[last] = odd;
  else if (Array.isArray(holder)) holder.splice(last as number, 1);
  else delete holder[last];
  return copy;
}

const AT = ['--project', 'shop', '--stage', 'dev'];
const LINES: readonly (readonly string[])[] = [
  ['get', 'projects'],
  ['get', 'stages', '-o', 'wide'],
  ['get', 'ff', '--project', 'shop', '-o', 'wide'],
  ['get', 'ffs', '--project', 'shop'],
  ['get', 'ctx', '--project', 'shop'],
  ['get', 'cr', '-o', 'wide'],
  ['get', 'templates'],
  ['get', 'ps', '--project', 'shop'],
  ['describe', 'project', 'shop'],
  ['describe', 'stage', 'dev'],
  ['describe', 'ps', 'dev', '--project', 'shop'],
  ['describe', 'ff', 'new-checkout', '--project', 'shop'],
  ['describe', 'ffs', 'new-checkout', ...AT],
  ['describe', 'ctx', 'tier', '--project', 'shop'],
  ['describe', 'cr', 'cr-1'],
  ['describe', 'template', 'release'],
  ['history', 'ffs', 'new-checkout', ...AT, '--diff', '--from', '1'],
  ['audit', '-o', 'wide'],
  ['exec', 'ff', 'new-checkout', ...AT, '--explain', '--key', 'bob'],
  ['exec', 'ff', 'new-checkout', '--project', 'shop', '--stage', 'staging', '--explain', '--key', 'bob'],
  ['exec', 'ff', ...AT],
  ['usage', 'new-checkout', '--project', 'shop'],
  ['usage', '--stale', '--project', 'shop'],
  ['whoami'],
  ['token', 'list', '-o', 'wide'],
  ['token', 'show', 'ci'],
  ['export', '--project', 'shop'],
  ['diff', '--stages', 'dev,staging', '--project', 'shop', '--effect'],
  ['diff', '-f', 'm.yaml', '--effect'],
  ['validate', '-f', 'm.yaml', '--remote'],
  ['apply', '-f', 'm.yaml', '--dry-run'],
  ['rollout', 'simulate', 'new-checkout', ...AT, '--generate', 'tier=gold|none', '--count', '10', '--percentage', '50'],
  ['patch', 'ffs', 'new-checkout', ...AT, '--default-variant', 'on'],
  ['apply', '-f', 'm.yaml'],
  ['import', '-f', 'd.yaml', '--project', 'shop', '--stage', 'production'],
  ['create', 'ff', 'other', '--project', 'shop', '--type', 'BOOLEAN'],
  ['create', 'ff', 'third', '--project', 'shop', '--template', 'release'],
  ['create', 'cr', ...AT, '--feature-flag', 'new-checkout', '--enabled=false'],
  ['link', 'stage', 'dev', '--project', 'shop'],
  ['promote', 'ff', 'new-checkout', '--project', 'shop', '--from', 'dev', '--to', 'production'],
  ['rollback', 'ff', 'new-checkout', '--project', 'shop', '--yes'],
  ['approve', 'cr-1', '--force'],
  ['close', 'cr-2'],
  ['delete', 'ff', 'other', '--project', 'shop', '--yes'],
  ['token', 'create', 'x', '--role', 'viewer'],
  ['token', 'update', 'ci', '--name', 'cd'],
  ['token', 'revoke', 'cd', '--yes'],
];

const BAD: readonly (readonly [what: string, words: RegExp])[] = [
  ['a trace', /TypeError|RangeError|SyntaxError|\n +at /],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
  ['an escape', /[\u001b\u202e]/],
  ['no value', /\bundefined\b|\bNaN\b|\[object Object\]|Invalid Date|\bInfinity\b/],
];

it.each(LINES.map((line) => [line.join(' '), line] as const))(
  '%s: a member that is odd is told, or is no matter',
  async (_, line) => {
    const { heard, ended } = await recorded(line);
    expect(ended.err).not.toContain('Error: ');
    expect(await replayed(line, heard)).toEqual(ended);
    const all = heard.flatMap(({ status, body }, i) =>
      status >= 300 ? [] : [...pathsOf(body)].flatMap((path) => Object.keys(ODD).map((kind) => ({ i, path, kind }))),
    );
    const step = Math.max(1, all.length / MOST);
    const wrong: unknown[] = [];
    for (let at = 0; at < all.length; at += step) {
      const { i, path, kind } = all[Math.floor(at)]!;
      const odd = heard.map((one, j) => (i === j ? { ...one, body: withOdd(one.body, path, ODD[kind]) } : one));
      const { code, out, err } = await replayed(line, odd);
      const found = BAD.filter(([, words]) => words.test(line[0] === 'export' ? err : out + err)).map(([what]) => what);
      const codes = line[0] === 'diff' ? [0, 1, 2] : [0, 1, 4, 6, 7];
      if (!codes.includes(code)) found.push(`exit ${code}`);
      const isChange = heard[i]!.method !== 'GET' && !heard[i]!.address.includes('dryRun=true');
      if (
        isChange &&
        err.includes('not as Flagwright does') &&
        !/it may have been done or not/.test(err) &&
        !/\/(?:validate|evaluate)/.test(heard[i]!.address)
      )
        found.push('nothing of what may have been done');
      if (found.length > 0)
        wrong.push({
          found,
          where: `${heard[i]!.method} ${heard[i]!.address} ${path.join('.')}`,
          kind,
          code,
          out: out.slice(0, 400),
          err: err.slice(0, 400),
        });
    }
    expect(wrong).toEqual([]);
  },
  600_000,
);

/** A command line over what a server has answered, but for what `change` makes of the answers that succeeded. */
async function changed(line: readonly string[], change: (body: never) => void): Promise<Ran> {
  const { heard } = await recorded(line);
  const others = heard.map((one) => {
    const body = structuredClone(one.body);
    if (one.status < 300) change(body as never);
    return { ...one, body };
  });
  return await replayed(line, others);
}

it.each<[line: string[], change: (body: never) => void, what: string]>([
  [
    ['apply', '-f', 'm.yaml'],
    ({ items }: { items: { result: string }[] }) => {
      for (const item of items) item.result = 'rejected';
    },
    'the answer.items[0].result is "rejected"',
  ],
  [
    ['patch', 'ffs', 'new-checkout', ...AT, '--default-variant', 'on'],
    (body: object) => 'result' in body && Object.assign(body, { kind: 'Novelty' }),
    'the answer.kind is "Novelty"',
  ],
  [
    ['create', 'cr', ...AT, '--feature-flag', 'new-checkout', '--enabled=false'],
    (body: { status?: object }) => body.status && Object.assign(body.status, { effect: 'none' }),
    'the answer.status.effect is a string',
  ],
])('%j may have been done if the server says of it what nobody knows', async (line, change, what) => {
  const { code, out, err } = await changed(line, change);
  expect({ code, out }).toEqual({ code: 1, out: line[0] === 'apply' ? '' : out });
  expect(err).toContain(
    `Error: ${server.url} has answered, and not as Flagwright does: ${what}; it may have been done or not\n`,
  );
});

it('a step of an explanation that is new is told by its kind', async () => {
  const { code, out } = await changed(
    ['exec', 'ff', 'new-checkout', ...AT, '--explain'],
    ({ explanation }: { explanation: { flags: { steps: object[] }[] } }) =>
      explanation.flags[0]!.steps.push({ kind: 'night\u001b' }),
  );
  expect(code).toBe(0);
  expect(out).toContain('\n  ? night\\u001b: a step that this version does not know\n');
});

it('an id that can be none is told as that of the server', async () => {
  const { code, err } = await changed(['describe', 'stage', 'dev'], ({ items = [] }: { items?: { id: string }[] }) => {
    for (const item of items) item.id = 'My shop';
  });
  expect(code).toBe(1);
  expect(err).toContain('not as Flagwright does: the answer.items[0].id is "My shop", and no id\n');
});

it('members that are new are no matter', async () => {
  for (const line of [['get', 'ff', '--project', 'shop'], ['whoami'], ['apply', '-f', 'm.yaml']]) {
    const { ended } = await recorded(line);
    const added = await changed(line, (body: object) => {
      const items = 'items' in body ? (body.items as object[]) : [];
      for (const one of [body, ...items]) Object.assign(one, { novelty: [{ a: 1 }] });
    });
    expect(added).toEqual(ended);
  }
});

it('api shows whatever is answered', async () => {
  const { heard } = await recorded(['api', 'GET', '/projects']);
  const odd = heard.map((one) => ({ ...one, body: { items: 7 } }));
  expect(await replayed(['api', 'GET', '/projects'], odd)).toEqual({ code: 0, out: '{\n  "items": 7\n}\n', err: '' });
});
