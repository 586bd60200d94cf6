import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Resource } from '@flagwright/server/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Served, seedProject, served } from '../../test/server.ts';

let server: Served;
beforeAll(async () => {
  server = await served();
  const { api } = server;
  await seedProject(api, 'shop');
  await api.contexts('shop').create({ metadata: { id: 'app-version' }, spec: { type: 'VERSION' } });
  const flags = api.flags('shop');
  await flags.create({
    metadata: { id: 'theme' },
    spec: { type: 'STRING', variants: { blue: '#00f', red: '#f00', green: '#0f0' }, defaultVariant: 'blue' },
  });
  await flags.create({
    metadata: { id: 'needs' },
    spec: { type: 'BOOLEAN', prerequisites: [{ key: 'new-checkout', variation: 'on' }] },
  });
  await flags.create({ metadata: { id: 'old' }, spec: { type: 'BOOLEAN', archived: true } });
  const production = api.stageDefinitions('shop', 'production');
  await production.replace('new-checkout', {
    spec: {
      enabled: true,
      defaultVariant: 'off',
      targeting: {
        if: [
          { '>=': [{ var: 'app-version' }, '2.5.0'] },
          {
            fractional: [
              ['on', 40],
              ['off', 60],
            ],
          },
          null,
        ],
      },
    },
  });
  await production.replace('theme', {
    spec: {
      enabled: true,
      targets: [{ variation: 'green', values: ['user-3'] }],
      rules: [
        { id: 'de', clauses: [{ attribute: 'country', operator: 'in', values: ['DE'] }], variation: 'red' },
        {
          id: 'half',
          rollout: {
            variations: [
              { variation: 'red', weight: 50_000 },
              { variation: 'blue', weight: 50_000 },
            ],
          },
        },
      ],
    },
  });
  await production.replace('needs', { spec: { enabled: true, defaultVariant: 'on' } });
}, 60_000);
afterAll(() => server.close());

const STAGE = ['--project', 'shop', '--stage', 'production'];

it('over the server, a flag is evaluated as the seed has it', async () => {
  const { flagctl } = server;
  expect(await flagctl(['exec', 'ff', 'new-checkout', '--project', 'shop', '--stage', 'dev'])).toEqual({
    code: 0,
    out: 'FLAG           STAGE   VALUE            VARIANT   REASON     RULE\nnew-checkout   dev     <code default>   -         DISABLED   -\n',
    err: '',
  });
  const { code, out } = await flagctl([
    'exec',
    'feature-flag',
    'theme',
    ...STAGE,
    '--context',
    '{"targetingKey":"user-1","country":"DE"}',
  ]);
  expect({ code, row: out.split('\n')[1] }).toEqual({
    code: 0,
    row: 'theme   production   "#f00"   red       TARGETING_MATCH   de',
  });
});

it('explains', async () => {
  const { out } = await server.flagctl([
    'exec',
    'ff',
    'needs',
    ...STAGE,
    '-k',
    'user-1',
    '-a',
    'app-version="1.0"',
    '--explain',
  ]);
  expect(out).toBe(`FLAG    STAGE        VALUE            VARIANT   REASON                RULE
needs   production   <code default>   -         PREREQUISITE_FAILED   -

needs = the code default, because PREREQUISITE_FAILED
  ✗ prerequisite new-checkout must serve "on": it does not, so the flag is off
      new-checkout = false (off), because FALLTHROUGH
        ✗ targeting yields null, and leaves it to the default
            ✗ app-version >= "2.5.0"; saw "1.0"
        ✓ nothing more specific decides: the default
`);
});

it.each<[what: string, args: readonly string[], code: number, err: string | RegExp]>([
  ['a flag that is not there', ['new-chekout', ...STAGE], 4, /^Error: feature flag "new-chekout".* not found/],
  [
    'an archived flag',
    ['old', ...STAGE],
    4,
    'Error: feature flag "old" has no answer: flag "old" is archived: no stage serves it\n',
  ],
  [
    'no stage',
    ['theme', '--project', 'shop'],
    2,
    "Error: exec: which stage? Say it by --stage <id>\n  Or once for all: 'flagctl config set-context <name> --stage <id>'\n",
  ],
  [
    'a time',
    ['theme', ...STAGE, '--at', '2026-01-01T00:00:00Z'],
    2,
    'Error: --at goes with files (-f): a server evaluates by its own clock\n',
  ],
])('%s is an error', async (_, args, code, err) => {
  expect(await server.flagctl(['exec', 'ff', ...args])).toMatchObject({
    code,
    err: typeof err === 'string' ? err : expect.stringMatching(err),
  });
});

it.each<[what: string, args: readonly string[]]>([
  ['--context twice', ['--context', 'prod', '--context', '{"country":"DE"}']],
  ['--cli-context beside it', ['--cli-context', 'prod', '--context', '{"country":"DE"}']],
  ['--context beside --eval-context', ['--context', 'prod', '--eval-context', '{"country":"DE"}']],
])('a context of the configuration and one for the evaluation: %s', async (_, args) => {
  const { folder, url, flagctl } = server;
  const context = { environment: url, project: 'shop', stage: 'production' };
  const config = { apiVersion: 'v1', kind: 'Config', contexts: [{ name: 'prod', context }] };
  await writeFile(join(folder, 'config'), JSON.stringify(config));
  const told = await flagctl(['exec', 'ff', 'theme', ...args, '--config', join(folder, 'config'), '-o', 'name'], {
    env: { FLAGCTL_SERVER: '' },
  });
  expect(told).toEqual({ code: 0, out: 'red\n', err: '' });
});

async function list<Spec>(resources: AsyncIterable<Resource<Spec>>): Promise<readonly Resource<Spec>[]> {
  const items: Resource<Spec>[] = [];
  for await (const item of resources) items.push(item);
  return items;
}

it('the same flags answer the same over the server and over files', async () => {
  const { api, folder, flagctl } = server;
  const items = [
    ...(await list(api.flags('shop').all())),
    ...(await list(api.contexts('shop').all())),
    ...(await list(api.links('shop').all())),
    ...(await list(api.stageDefinitions('shop', 'production').all())),
  ];
  const manifests = join(folder, 'manifests.json');
  await writeFile(manifests, JSON.stringify({ apiVersion: 'feature-flag/v0.3', kind: 'List', items }));
  const document = join(folder, 'features.json');
  const exported = await fetch(`${server.url}/sets/shop/production`, {
    headers: { authorization: `Bearer ${server.token}` },
  });
  await writeFile(document, await exported.text());
  const contexts = [
    ...Array.from({ length: 12 }, (_, i) => ({
      targetingKey: `user-${i}`,
      'app-version': i % 2 === 0 ? '10.0.0' : '2.4',
    })),
    { targetingKey: 'user-1', country: 'DE' },
    {},
  ];
  const seen = new Set<string>();
  for (const context of contexts) {
    const more = ['--context', JSON.stringify(context), '-o', 'json', ...STAGE];
    const all = await flagctl(['exec', 'ff', ...more]);
    const inFiles = await flagctl(['exec', 'ff', ...more, '-f', manifests]);
    expect(JSON.parse(inFiles.out)).toEqual(JSON.parse(all.out));
    const inDocument = await flagctl(['exec', 'ff', ...more, '-f', document]);
    const without = JSON.parse(all.out).items.map(({ project, stage, ...rest }: Record<string, unknown>) => rest);
    expect(JSON.parse(inDocument.out).items).toEqual(without);
    for (const answer of JSON.parse(all.out).items) {
      const one = await flagctl(['exec', 'ff', answer.flag, ...more, '--explain']);
      const { explanation, ...rest } = JSON.parse(one.out);
      expect(rest).toEqual(answer);
      const explained = await flagctl(['exec', 'ff', answer.flag, ...more, '--explain', '-f', manifests]);
      expect(JSON.parse(explained.out).explanation).toEqual(explanation);
      seen.add(`${answer.flag} ${answer.variant} ${answer.reason}`);
    }
  }
  // every way to an answer is among them
  expect([...seen].sort()).toEqual([
    'needs on DEFAULT',
    'needs undefined PREREQUISITE_FAILED',
    'new-checkout off DEFAULT',
    'new-checkout off SPLIT',
    'new-checkout on SPLIT',
    'theme blue DEFAULT',
    'theme blue SPLIT',
    'theme green TARGETING_MATCH',
    'theme red SPLIT',
    'theme red TARGETING_MATCH',
  ]);
}, 60_000);
