import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluate, FlagError, formatIssue, formatPath } from '@flagwright/core';
import { parseText } from '@flagwright/core/text';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Call } from '../grammar/call.ts';
import { type LocalSet, localSet, localSets } from './local-set.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flagctl-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A call with options, in a folder of files. */
async function callIn(files: Readonly<Record<string, string>>, options: Readonly<Record<string, string>> = {}) {
  const cwd = await mkdtemp(join(folder, 'files-'));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(cwd, name, '..'), { recursive: true });
    await writeFile(join(cwd, name), text);
  }
  const world = { cwd, input: async () => '' };
  return { world, text: (name: string) => options[name], texts: () => [], has: () => false } as unknown as Call;
}

const A = 'flags:\n  a: { default: 1 }\nsegments:\n  s: { included: [u] }\n';
const B =
  'flags:\n  b:\n    type: boolean\n    default: false\n    rules:\n      - clauses: [{ operator: inSegment, values: [s] }]\n        variation: on\n';

const value = (set: LocalSet, key: string, context = {}): unknown =>
  evaluate(set.snapshot, key, undefined, context).value;

it('several flag documents are one set', async () => {
  const call = await callIn({ 'a.yaml': A, 'b.json': '{"flags": [{"key": "c", "default": 3}]}', 'b.yaml': B });
  const set = await localSet(call, ['a.yaml', 'b.yaml', 'b.json']);
  expect([value(set, 'a'), value(set, 'b'), value(set, 'b', { targetingKey: 'u' }), value(set, 'c')]).toEqual([
    1,
    false,
    true,
    3,
  ]);
  expect(set.title).toBe('a.yaml and 2 more');
  expect(set.locate(['flags', 'b', 'rules', 0, 'variation'])).toEqual({ file: 'b.yaml', line: 7, column: 20 });
  expect(set.locate(['segments', 's', 'included'])).toEqual({ file: 'a.yaml', line: 4, column: 18 });
  expect(set.issues).toEqual([]);
});

it.each<[what: string, files: Readonly<Record<string, string>>, message: string]>([
  [
    'a flag',
    { 'a.yaml': A, 'b.yaml': A },
    'b.yaml:2:3 error flags.a: flags.a is there twice, first at a.yaml:2:3; expected each entry in one file only. Hint: remove or rename one of the two (and 1 more)',
  ],
  [
    'a member',
    { 'a.yaml': 'flags: {}\nmetadata: { team: a }\n', 'b.yaml': 'flags: {}\nmetadata: { team: b }\n' },
    'b.yaml:2:13 error metadata.team: metadata.team is there twice, first at a.yaml:2:13; expected each entry in one file only. Hint: remove or rename one of the two',
  ],
  [
    'a manifest',
    {
      'a.yaml': 'apiVersion: feature-flag/v0.3\nkind: Project\nmetadata: { id: shop }\nspec: {}\n',
      'b.yaml': 'apiVersion: feature-flag/v0.3\nkind: Project\nmetadata: { id: shop }\nspec: {}\n',
    },
    'b.yaml:1:1 error (document): project "shop" is there twice, first at a.yaml:1:1. Hint: take one of them out',
  ],
])('%s that is there twice is an error with both places', async (_, files, message) => {
  const call = await callIn(files);
  await expect(localSets(call, Object.keys(files))).rejects.toThrow(expect.objectContaining({ message }));
});

it('what is neither is refused', async () => {
  const call = await callIn({ 'a.yaml': 'falgs: {}\n' });
  await expect(localSets(call, ['a.yaml'])).rejects.toMatchObject({ code: 'PARSE_ERROR' });
});

it.each([
  ['two', `${A}---\n# the second\n${B}`],
  ['three', `---\n${A}---\n# the second\n${B}...\n---\nflags: {}\n`],
])('%s flag documents in a file are refused as they are where they are loaded', async (_, text) => {
  const loaded = FlagError.from(await parsed(text));
  expect(loaded.issues.map(({ code }) => code)).toEqual(['several-documents']);
  const found = await localSets(await callIn({ 'a.yaml': text }), ['a.yaml']).catch((thrown) => thrown);
  expect(found).toMatchObject({ code: 'PARSE_ERROR', issues: loaded.issues });
});

it('documents that hold nothing are no second ones, and manifests may be several', async () => {
  const files = { 'a.yaml': `# first\n---\n${A}---\n# nothing\n---\nnull\n`, 'b.yaml': MANIFESTS };
  expect(await localSets(await callIn(files), ['a.yaml', 'b.yaml'])).toHaveLength(3);
});

/** What is thrown at a text. */
async function parsed(text: string): Promise<unknown> {
  try {
    return parseText(text, { file: 'a.yaml' });
  } catch (thrown) {
    return thrown;
  }
}

const MANIFESTS = `apiVersion: feature-flag/v0.3
kind: FeatureFlag
metadata: { id: checkout, project: shop }
spec:
  type: BOOLEAN
  variants: { on: true, off: false }
  defaultVariant: off
---
apiVersion: feature-flag/v0.3
kind: FeatureFlag
metadata: { id: old, project: shop }
spec: { type: BOOLEAN, archived: true }
---
apiVersion: feature-flag/v0.3
kind: Context
metadata: { id: app-version, project: shop }
spec: { type: VERSION }
---
apiVersion: feature-flag/v0.3
kind: ProjectStage
metadata: { project: shop, stage: dev }
spec: {}
---
apiVersion: feature-flag/v0.3
kind: FeatureFlagStage
metadata: { featureFlagId: checkout, project: shop, stage: production }
spec:
  enabled: true
  targeting: |
    {
      "if": [
        {">=": [{"var": "app-version"}, "2.5.0"]},
        "onn",
        null
      ]
    }
`;

it('manifests are a set for each stage, with places in the manifest that says it', async () => {
  const call = await callIn({ 'shop.yaml': MANIFESTS });
  const sets = await localSets(call, ['shop.yaml']);
  expect(sets.map(({ title, project, stage }) => [title, project, stage])).toEqual([
    ['shop/dev', 'shop', 'dev'],
    ['shop/production', 'shop', 'production'],
  ]);
  const [dev, production] = sets as [LocalSet, LocalSet];
  expect([...dev.snapshot.flags.keys()]).toEqual(['checkout']);
  expect(evaluate(dev.snapshot, 'checkout').reason).toBe('OFF');
  // as versions: as texts, 10 is before 2
  expect(evaluate(production.snapshot, 'checkout', undefined, { 'app-version': '10.0' }).errorMessage).toContain('onn');
  expect(dev.issues).toEqual([]);
  expect(production.issues.map(formatIssue)).toEqual([
    'shop.yaml:33:9 warning flags.checkout.targeting.if[1]: targeting can yield "onn", which is no variant; expected one of on, off, or null for the default. Hint: where it does, the caller gets its own default and an error',
  ]);
  const places = [
    ['flags', 'checkout', 'enabled'],
    ['flags', 'checkout', 'variants', 'off'],
    ['flags', 'checkout', 'targeting', 'if', 0, '>=', 1],
    ['attributes', 'app-version', 'type'],
  ] as const;
  expect(places.map((path) => [formatPath(path), production.locate(path)?.line])).toEqual([
    ['flags.checkout.enabled', 28],
    ['flags.checkout.variants.off', 6],
    ['flags.checkout.targeting.if[0][">="][1]', 32],
    ['attributes.app-version.type', 17],
  ]);
});

it('targeting that is no JSON is told of where it stops being JSON', async () => {
  const broken = MANIFESTS.replace('"onn",', '"on" null');
  const [, production] = await localSets(await callIn({ 'shop.yaml': broken }), ['shop.yaml']);
  expect(production!.issues.map(formatIssue)).toEqual([
    'shop.yaml:33:14 error flags.checkout.targeting: not JSON: "null" after an entry; expected "," or "]"',
  ]);
});

it('so it is in a flag document', async () => {
  const text = 'flags:\n  a:\n    variants: { x: 1 }\n    targeting: >\n      {"if":\n        [true false]}\n';
  const set = await localSet(await callIn({ 'a.yaml': text }), ['a.yaml']);
  expect(set.issues.map(formatIssue)).toEqual([
    'a.yaml:6:15 error flags.a.targeting: not JSON: unexpected "false]}\\n"; expected JSON Logic as an object or as JSON text',
  ]);
});

it('form is told of once, and members that are none are errors', async () => {
  const broken = MANIFESTS.replace('  defaultVariant: off', '  defaultVarint: off').replace('"onn"', '"on"');
  const [, production] = await localSets(await callIn({ 'shop.yaml': broken }), ['shop.yaml']);
  expect(production!.issues.map(formatIssue)).toEqual([
    'shop.yaml:7:18 error spec.defaultVarint: `defaultVarint` is not known here; expected one of name, description, type, variants, enabled, defaultVariant, offVariant, prerequisites, salt, owner and 3 more. Hint: did you mean `defaultVariant`?',
  ]);
});

const FLAG_ALONE = MANIFESTS.split('---')[0]!;
const OTHER = MANIFESTS.replaceAll('shop', 'other');

it.each<
  [what: string, files: Readonly<Record<string, string>>, options: Readonly<Record<string, string>>, title: string]
>([
  ['the stage', { 'a.yaml': MANIFESTS }, { stage: 'dev' }, 'shop/dev'],
  ['the project, too', { 'a.yaml': MANIFESTS, 'b.yaml': OTHER }, { stage: 'dev', project: 'other' }, 'other/dev'],
  ['flags of no stage', { 'a.yaml': FLAG_ALONE }, { stage: 'dev' }, 'shop'],
  ['a flag document, of no stage', { 'a.yaml': A }, { stage: 'dev', project: 'shop' }, 'a.yaml'],
])('one set is picked by %s', async (_, files, options, title) => {
  expect((await localSet(await callIn(files, options), Object.keys(files))).title).toBe(title);
});

it.each<
  [
    what: string,
    files: Readonly<Record<string, string>>,
    options: Readonly<Record<string, string>>,
    message: string,
    hints: readonly string[],
  ]
>([
  [
    'stages',
    { 'a.yaml': MANIFESTS },
    {},
    'a.yaml: which stage? Say it by --stage <id>',
    ['There are shop/dev, shop/production'],
  ],
  [
    'projects',
    { 'a.yaml': MANIFESTS, 'b.yaml': OTHER },
    { stage: 'dev' },
    'a.yaml, b.yaml: which project? Say it by --project <id>',
    ['There are shop/dev, other/dev'],
  ],
  [
    'projects and stages',
    { 'a.yaml': MANIFESTS, 'b.yaml': OTHER },
    {},
    'a.yaml, b.yaml: which project and stage? Say it by --project <id> and --stage <id>',
    ['There are shop/dev, shop/production, other/dev, other/production'],
  ],
  [
    'kinds of file',
    { 'a.yaml': MANIFESTS, 'f.yaml': A },
    { stage: 'dev' },
    'a.yaml, f.yaml: which flags? There are f.yaml, shop/dev',
    ['Name files of one kind only'],
  ],
])('several %s are a command line that makes no sense', async (_, files, options, message, hints) => {
  const picked = localSet(await callIn(files, options), Object.keys(files));
  await expect(picked).rejects.toMatchObject({ name: 'UsageError', message, hints });
});

it.each([
  [{ stage: 'prod' }, 'prod', ['Did you mean --stage production?']],
  [{ project: 'shp', stage: 'dev' }, 'shp/dev', ['Did you mean --project shop?']],
  [{ stage: 'x' }, 'x', []],
])('%j is not there', async (options, asked, hints) => {
  const picked = localSet(await callIn({ 'a.yaml': MANIFESTS }, options), ['a.yaml']);
  const message = `a.yaml: there is no ${asked} among shop/dev, shop/production`;
  await expect(picked).rejects.toMatchObject({ name: 'CommandError', exit: 4, message, hints });
});
