import { expect, it } from 'vitest';
import { documentsOf } from './documents.ts';
import { identityKey, identityName, identityOf, identityWords } from './identity.ts';
import { isFlagDocument, type ManifestOptions, manifestsOf } from './manifests.ts';
import { inOrder } from './order.ts';

const HEAD = 'apiVersion: feature-flag/v0.3\n';

/** What is read of a text, and what is told of it, a line each. */
function read(
  text: string,
  options?: ManifestOptions,
): { readonly names: readonly string[]; readonly told: readonly string[] } {
  const { manifests, issues } = manifestsOf(documentsOf(text, 'f.yaml'), options);
  return {
    names: manifests.map((manifest) => identityKey(identityOf(manifest)) ?? 'none'),
    told: issues.map(({ message, place, expected, hint }) =>
      [`${place?.line}:${place?.column} ${message}`, expected, hint].filter((part) => part !== undefined).join('; '),
    ),
  };
}

const project = (id: string): string => `${HEAD}kind: Project\nmetadata: { id: ${id} }\nspec: {}\n`;

it.each([
  ['one', project('a'), ['Project   a']],
  ['several documents', `${project('a')}---\n${project('b')}`, ['Project   a', 'Project   b']],
  ['documents without content', `# nothing\n---\n---\n${project('a')}...\n---\n# end\n`, ['Project   a']],
  ['a list', `${HEAD}kind: List\nitems:\n- kind: Stage\n  metadata: { id: a }\n`, ['Stage   a']],
  ['a list of kubectl', 'apiVersion: v1\nkind: List\nitems:\n- kind: Stage\n  metadata: { id: a }\n', ['Stage   a']],
  ['a list of a kind', `${HEAD}kind: StageList\nitems:\n- metadata: { id: a }\n- id: b\n`, ['Stage   a', 'Stage   b']],
  ['an array', `- ${HEAD}  kind: Stage\n  metadata: { id: a }\n`, ['Stage   a']],
  ['an empty list', `${HEAD}kind: List\nitems: []\n`, []],
  ['an id that is made later', `${HEAD}kind: Project\nspec: { name: A }\n`, ['none']],
  [
    'kinds with other names',
    `${HEAD}kind: FeatureFlagStage\nmetadata: { featureFlagId: f, project: p, stage: s }\n---\n${HEAD}kind: ProjectStage\nmetadata: { project: p, stage: s }\n---\n${HEAD}kind: ChangeRequest\nmetadata: { id: cr-1 }\nspec: { projectId: p, stageId: s }\n`,
    ['FeatureFlagStage p s f', 'ProjectStage p  s', 'ChangeRequest cr-1'],
  ],
])('reads %s', (_, text, names) => {
  expect(read(text)).toEqual({ names, told: [] });
});

it.each([
  ['no version', 'kind: Project\n', '1:1 apiVersion is missing; feature-flag/v0.3'],
  ['another version', 'apiVersion: v1\nkind: Project\n', '1:13 there is no apiVersion "v1"; feature-flag/v0.3'],
  [
    'an unknown kind',
    `${HEAD}kind: FeatureFlg\n`,
    '2:7 there is no kind "FeatureFlg"; one of Project, Stage, ProjectStage, Context, Template, FeatureFlag, FeatureFlagStage, ChangeRequest; did you mean "FeatureFlag"?',
  ],
  [
    'a kind in small letters',
    `${HEAD}kind: project\n`,
    '2:7 there is no kind "project"; one of Project, Stage, ProjectStage, Context, Template, FeatureFlag, FeatureFlagStage, ChangeRequest; did you mean "Project"?',
  ],
  [
    'no kind',
    `${HEAD}metadata: { id: a }\n`,
    '1:1 kind is missing; one of Project, Stage, ProjectStage, Context, Template, FeatureFlag, FeatureFlagStage, ChangeRequest',
  ],
  ['a text', 'hello\n', '1:1 "hello" is no manifest; a map with apiVersion, kind, metadata and spec'],
  ['a list without items', `${HEAD}kind: FeatureFlagList\n`, '1:1 a FeatureFlagList has a list of items; items: [ … ]'],
  [
    'a bad item of a list',
    `${HEAD}kind: List\nitems:\n- kind: Stage\n  metadata: { id: a }\n- 7\n`,
    '6:3 7 is no manifest; a map with apiVersion, kind, metadata and spec',
  ],
  ['a flag document', 'flags: {}\n', "1:1 this is a flag document; 'flagctl import' brings it to a server; manifests"],
  [
    'one resource twice',
    `${project('a')}---\n${project('b')}---\n${project('a')}`,
    '11:1 project "a" is there twice, first at f.yaml:1:1; take one of them out',
  ],
])('tells of %s', (_, text, told) => {
  expect(read(text).told).toEqual([told]);
});

it.each([
  ['flags: {}', true],
  ['{}', true],
  ['segments: {}', true],
  ['kind: FeatureFlag\nflags: {}', false],
  ['metadata: { id: a }\nspec: {}', false],
  ['metadata: { owner: a }', true],
  ['hello: 1', false],
  ['- flags', false],
])('%s is a flag document: %s', (text, is) => {
  expect(isFlagDocument(documentsOf(text, 'f.yaml')[0]?.value)).toBe(is);
});

it('leaves flag documents out where they are wanted', () => {
  expect(read(`flags: {}\n---\n${project('a')}`, { besideFlagDocuments: true })).toEqual({
    names: ['Project   a'],
    told: [],
  });
});

const flag = `${HEAD}kind: FeatureFlag\nmetadata: { id: f, project: a }\nspec: {}\n`;
const definition = `${HEAD}kind: FeatureFlagStage\nmetadata: { featureFlagId: f }\nspec: {}\n`;
const explicit = (value: string) => ({ value, explicit: true });

it.each([
  ['fills in', definition, { project: explicit('a'), stage: explicit('s') }, ['FeatureFlagStage a s f'], []],
  ['leaves what is the same', flag, { project: explicit('a') }, ['FeatureFlag a  f'], []],
  ['leaves what a context would fill in', flag, { project: { value: 'b', explicit: false } }, ['FeatureFlag a  f'], []],
  [
    'refuses what is different',
    flag,
    { project: explicit('b') },
    ['FeatureFlag a  f'],
    ['3:29 the project of feature flag "f" is "a", not "b" as --project says'],
  ],
  ['has no stage for kinds without', flag, { stage: explicit('s') }, ['FeatureFlag a  f'], []],
  [
    'sees what is there twice only then',
    `${flag}---\n${flag.replace(', project: a', '')}`,
    { project: explicit('a') },
    ['FeatureFlag a  f', 'FeatureFlag a  f'],
    ['6:1 feature flag "f" in project "a" is there twice, first at f.yaml:1:1; take one of them out'],
  ],
  [
    'leaves links to other stages',
    `${HEAD}kind: ProjectStage\nmetadata: { project: a, stage: t }\n`,
    { stage: explicit('s') },
    ['ProjectStage a  t'],
    [],
  ],
  [
    'fills change requests in',
    `${HEAD}kind: ChangeRequest\nmetadata: { id: x }\nspec: { stageId: t }\n`,
    { project: explicit('a'), stage: explicit('s') },
    ['ChangeRequest x'],
    ['4:18 the stage of change request "x" is "t", not "s" as --stage says'],
  ],
])('%s', (_, text, options, names, told) => {
  expect(read(text, options)).toEqual({ names, told });
});

it('puts what is needed first', () => {
  const flagOf = (id: string, ...needs: readonly string[]): string =>
    `${HEAD}kind: FeatureFlag\nmetadata: { id: ${id}, project: a }\nspec: { prerequisites: [${needs.map((key) => `{ key: ${key} }`).join()}] }\n`;
  const text = [
    `${HEAD}kind: ChangeRequest\nmetadata: { id: cr-1 }\n`,
    definition,
    flagOf('top', 'middle', 'base'),
    flagOf('middle', 'base'),
    flagOf('base'),
    flagOf('round', 'trip'),
    flagOf('trip', 'round'),
    `${HEAD}kind: Template\nmetadata: { id: t }\n`,
    `${HEAD}kind: Context\nmetadata: { id: c, project: a }\n`,
    `${HEAD}kind: ProjectStage\nmetadata: { project: a, stage: s }\n`,
    `${HEAD}kind: Stage\nmetadata: { id: s }\n`,
    project('a'),
  ].join('---\n');
  const { manifests } = manifestsOf(documentsOf(text, 'f.yaml'));
  expect(inOrder(manifests).map((manifest) => identityName(identityOf(manifest)))).toEqual([
    'project/a',
    'stage/s',
    'project-stage/s of a',
    'context/c',
    'template/t',
    'feature-flag/base',
    'feature-flag/middle',
    'feature-flag/top',
    'feature-flag/trip',
    'feature-flag/round',
    'feature-flag-stage/f in (no stage)',
    'change-request/cr-1',
  ]);
});

it('puts stage definitions in the order of what their flags require, where they do not say', () => {
  const of = (id: string): string =>
    definition.replace('featureFlagId: f', `featureFlagId: ${id}, project: a, stage: s`);
  const needy = `${HEAD}kind: FeatureFlag\nmetadata: { id: needy, project: a }\nspec: { prerequisites: [{ key: base }] }\n`;
  const text = [of('needy'), of('base'), needy].join('---\n');
  const { manifests } = manifestsOf(documentsOf(text, 'f.yaml'));
  expect(inOrder(manifests).map((manifest) => identityName(identityOf(manifest)))).toEqual([
    'feature-flag/needy',
    'feature-flag-stage/base in s',
    'feature-flag-stage/needy in s',
  ]);
});

it('names resources in words', () => {
  const words = (text: string): string =>
    identityWords(identityOf(manifestsOf(documentsOf(text, 'f.yaml')).manifests[0]!));
  expect(words(flag)).toBe('feature flag "f" in project "a"');
  expect(words(`${HEAD}kind: FeatureFlagStage\nmetadata: { featureFlagId: f, project: p, stage: s }\n`)).toBe(
    'stage definition of "f" in project "p", stage "s"',
  );
  expect(words(`${HEAD}kind: Project\n`)).toBe('project without an id');
});
