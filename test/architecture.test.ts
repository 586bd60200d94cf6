import { describe, expect, it } from 'vitest';
import { ARROW_RULES } from './support/arrow-rules.ts';
import { codeFromText, importsOf } from './support/imports.ts';
import { LAYERS } from './support/layers.ts';
import { MANIFEST_RULES, publishedExports, SOURCE_CONDITION } from './support/manifest-rules.ts';
import type { Rule } from './support/rule.ts';
import { isGenerated, LONG, lineCount, SOURCE_RULES } from './support/source-rules.ts';
import { type Manifest, readWorkspace, type WorkspacePackage, workspaceOf } from './support/workspace.ts';

const RULES: readonly Rule[] = [...ARROW_RULES, ...SOURCE_RULES, ...MANIFEST_RULES];

function check(rule: Rule, subjects: readonly WorkspacePackage[]): readonly string[] {
  return subjects.flatMap((subject) => rule.check(subject, LAYERS)).map(({ where, problem }) => `${where} ${problem}`);
}

const packages = readWorkspace();
const long = packages.flatMap(({ directory, sources }) =>
  sources
    .filter((file) => !isGenerated(file) && lineCount(file.text) > LONG)
    .map((file) => `${directory}/${file.path} ${lineCount(file.text)}`),
);

describe('the workspace', () => {
  it(`has sources to look at (over ${LONG} lines, want splitting: ${long.join(', ') || 'none'})`, () => {
    expect(packages.length).toBeGreaterThan(0);
    expect(packages.flatMap(({ sources }) => sources).length).toBeGreaterThan(0);
  });

  it.each(RULES.map((rule) => [rule.name, rule.promise, rule] as const))('%s: %s', (_name, _promise, rule) => {
    expect(check(rule, packages)).toEqual([]);
  });
});

describe('the layer table', () => {
  const arrows = Object.entries(LAYERS).flatMap(([from, { workspace = [], lazily = {} }]) =>
    [...workspace, ...Object.keys(lazily)].map((to) => [from, to.split('/', 1)[0]!] as const),
  );

  it.each(arrows)('%s → %s goes down', (from, to) => {
    expect(LAYERS[to]?.level).toBeLessThan(LAYERS[from]!.level);
  });
});

/** A package that breaks no rule; each case below breaks one. */
function manifestOf(directory: string, change: Partial<Manifest> = {}): Manifest {
  const exports = change.exports ?? {
    '.': { [SOURCE_CONDITION]: './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' },
    './package.json': './package.json',
  };
  return {
    name: `@flagwright/${directory}`,
    type: 'module',
    sideEffects: false,
    license: 'Apache-2.0',
    engines: { node: '>=20.19' },
    files: ['dist'],
    publishConfig: { exports: publishedExports({ name: '', exports }) },
    ...change,
    exports,
  };
}

function madeUp(
  directory: string,
  change: Partial<Manifest>,
  files: Readonly<Record<string, string>> = {},
): readonly WorkspacePackage[] {
  const entries = Object.entries({ 'src/index.ts': 'export const a = 1;', ...files });
  return workspaceOf(
    new Map([
      [`${directory}/package.json`, JSON.stringify(manifestOf(directory, change))],
      ...entries.map(([path, text]) => [`${directory}/${path}`, text] as const),
    ]),
  );
}

const CORE = { '@flagwright/core': 'workspace:^' };
const PG = { peerDependencies: { pg: '*' }, peerDependenciesMeta: { pg: { optional: true } } };
const index = (text: string) => ({ 'src/index.ts': text });

type Case = [what: string, directory: string, Partial<Manifest>, files?: Readonly<Record<string, string>>];

/** What each rule must catch. The checker itself can therefore be seen failing. */
const BROKEN: Readonly<Record<string, readonly Case[]>> = {
  'in-table': [['an unknown package', 'utils', {}]],
  arrows: [
    ['an arrow up', 'core', {}, index("import { x } from '@flagwright/sources/memory';")],
    ['an arrow by type', 'sources', {}, index("import type { X } from '@flagwright/provider';")],
    ['an arrow by re-export', 'provider', {}, index("export * from '@flagwright/sources/memory';")],
    ['an arrow by import()', 'middleware', {}, index("await import('@flagwright/core');")],
    ['an arrow by type query', 'core', {}, index("export type A = import('@flagwright/gates').Gate;")],
    ['a declared arrow', 'core', { dependencies: { '@flagwright/provider': 'workspace:^' } }],
    ['the server outside its client', 'cli', {}, index("import { serve } from '@flagwright/server';")],
    ['the server lazily, but not in serve', 'cli', {}, index("await import('@flagwright/server');")],
    ['itself by name', 'core', {}, index("import { a } from '@flagwright/core';")],
  ],
  'third-parties': [
    ['a stray dependency', 'core', { dependencies: { lodash: '*' } }],
    ['a stray peer', 'core', { peerDependencies: { vitest: '*' } }],
    ['a stray optional dependency', 'core', { optionalDependencies: { fsevents: '*' } }],
    ['an optional peer not marked', 'sources', { peerDependencies: { pg: '*' } }],
  ],
  drivers: [
    ['pg', 'sources', { dependencies: { pg: '*' } }],
    ['ioredis', 'sources', { optionalDependencies: { ioredis: '*' } }],
    ['LaunchDarkly', 'bridges', { dependencies: { '@launchdarkly/node-server-sdk': '*' } }],
    ['Unleash', 'bridges', { dependencies: { 'unleash-client': '*' } }],
    ['chokidar outside sources', 'core', { dependencies: { chokidar: '*' } }],
  ],
  declared: [
    ['a missing dependency', 'sources', {}, index("import { a } from '@flagwright/core';")],
    ['a built-in without node:', 'core', {}, index("import { join } from 'path';")],
    [
      'a devDependency in a shipped file',
      'core',
      { devDependencies: { ajv: '*' } },
      index("const { Ajv } = await import('ajv');"),
    ],
  ],
  used: [
    ['an idle dependency', 'sources', { dependencies: CORE }],
    ['one named in a comment only', 'sources', { dependencies: CORE }, index("// import '@flagwright/core';")],
    ['an idle peer', 'provider', { peerDependencies: { '@openfeature/server-sdk': '*' } }],
  ],
  'lazy-peers': [['a static import', 'sources', PG, index("import { Pool } from 'pg';")]],
  yaml: [
    ['another package', 'sources', {}, index("import { load } from 'js-yaml';")],
    ['another folder of core', 'core', {}, { 'src/load.ts': "import { load } from 'js-yaml';" }],
  ],
  cycles: [
    ['two files', 'core', {}, { 'src/a.ts': "import './b.ts';", 'src/b.ts': "import './a.ts';" }],
    [
      'three files in folders, by type',
      'core',
      {},
      {
        'src/a.ts': "export * from './b/b.ts';",
        'src/b/b.ts': "import type { C } from './c.ts';",
        'src/b/c.ts': "import type { A } from '../a.ts';",
      },
    ],
  ],
  inside: [
    ['a way out of the package', 'sources', {}, index("import '../../core/src/index.ts';")],
    ['no file ending', 'core', {}, index("import { a } from './a';")],
  ],
  eval: [
    ['eval', 'core', {}, index("eval('1');")],
    ['globalThis.eval', 'core', {}, index("globalThis.eval('1');")],
    ['new Function', 'core', {}, index("new Function('return 1')();")],
    ['Function', 'core', {}, index("Function('return 1')();")],
  ],
  length: [['401 lines', 'core', {}, index('a;\n'.repeat(401))]],
  silence: [['node:util', 'core', {}, index("import { inspect } from 'node:util';\ninspect(1);")]],
  manifest: [
    ['a name that is not its folder', 'core', { name: '@flagwright/kernel' }],
    ['CommonJS', 'core', { type: 'commonjs' }],
    ['side effects', 'core', { sideEffects: true }],
    ['another licence', 'core', { license: 'MIT' }],
    ['another floor', 'core', { engines: { node: '>=18' } }],
    ['no dist', 'core', { files: ['src'] }],
  ],
  exports: [
    [
      'no source condition',
      'core',
      {
        exports: {
          '.': { types: './dist/index.d.ts', default: './dist/index.js' },
          './package.json': './package.json',
        },
      },
    ],
    [
      'a source that does not exist',
      'core',
      {
        exports: {
          '.': { [SOURCE_CONDITION]: './src/gone.ts', types: './dist/gone.d.ts', default: './dist/gone.js' },
          './package.json': './package.json',
        },
      },
    ],
    ['the source condition published', 'core', { publishConfig: { exports: manifestOf('core').exports! } }],
  ],
};

describe('the checker', () => {
  it('has a broken example for every rule', () => {
    expect(Object.keys(BROKEN).sort()).toEqual(RULES.map(({ name }) => name).sort());
  });

  it('accepts a package that breaks nothing', () => {
    const sound = [
      ...madeUp(
        'core',
        { dependencies: { 'js-yaml': '*' } },
        { 'src/text/yaml.ts': "import { load } from 'js-yaml';" },
      ),
      ...madeUp('sources', { dependencies: CORE, ...PG }, index("import '@flagwright/core'; await import('pg');")),
      ...madeUp(
        'cli',
        { dependencies: { '@flagwright/server': 'workspace:^' } },
        {
          'src/verbs/serve.ts': "await import('@flagwright/server');",
          'src/get.ts': "import { connect } from '@flagwright/server/client';",
          'src/get.test.ts': "import { anything } from 'anywhere'; eval('1');",
        },
      ),
    ];
    expect(RULES.flatMap((rule) => check(rule, sound))).toEqual([]);
  });

  const cases = RULES.flatMap((rule) => (BROKEN[rule.name] ?? []).map((broken) => ({ rule, broken })));
  it.each(cases.map(({ rule, broken }) => [rule.name, broken[0], rule, broken] as const))(
    '%s catches %s',
    (_name, _what, rule, [, directory, change, files]) => {
      expect(check(rule, madeUp(directory, change, files))).toHaveLength(1);
    },
  );
});

describe('importsOf', () => {
  const specifiers = (text: string) => importsOf(text).map(({ specifier }) => specifier);

  it.each([
    ["import 'a';", ['a']],
    ['import a from "a"', ['a']],
    ["import a, { b as c, type D } from 'a';", ['a']],
    ["import * as a from 'a';", ['a']],
    ["import type { A } from 'a';", ['a']],
    ["import {\n  a, // 'not'\n} from 'a';", ['a']],
    ["import { from } from 'a';", ['a']],
    ["import data from 'a.json' with { type: 'json' };", ['a.json']],
    [
      "export * from 'a'; export * as b from 'b'; export { c } from 'c'; export type { D } from 'd';",
      ['a', 'b', 'c', 'd'],
    ],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: source text
    ["`${await import('a')}` + import(`b`) + require('c')", ['a', 'b', 'c']],
    ["type A = import('a').A;", ['a']],
  ])('finds %j', (text, expected) => {
    expect(specifiers(text)).toEqual(expected);
  });

  it.each([
    "// import 'a';",
    "/* import 'a' */",
    'const text = "import \'a\'";',
    "const text = `import 'a'`;",
    "const pattern = /import 'a'/;",
    "const ratio = a / b; const from = 'a'; c / d;",
    "const t = { import: 'a', from: 'b' };",
    "loader.import('a');",
    "export const from = 'a';",
    "export { a }; const b = 'from';",
    'import.meta.url',
  ])('finds nothing in %j', (text) => {
    expect(specifiers(text)).toEqual([]);
  });

  it('tells types, dynamic imports and lines apart', () => {
    expect(importsOf("import type { A } from 'a';\n\nawait import('b');\nexport type * from 'c';")).toEqual([
      { specifier: 'a', line: 1, typeOnly: true, dynamic: false },
      { specifier: 'b', line: 3, typeOnly: false, dynamic: true },
      { specifier: 'c', line: 4, typeOnly: true, dynamic: false },
    ]);
  });
});

describe('codeFromText', () => {
  it.each(["redis.eval('return 1', 0)", "'eval(1)'", '// new Function()', 'type F = Function;', 'evaluate(1)'])(
    'finds nothing in %j',
    (text) => {
      expect(codeFromText(text)).toEqual([]);
    },
  );
});
