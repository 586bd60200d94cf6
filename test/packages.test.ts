import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { NODE_MAJORS, nodeBinary } from './support/node-versions.ts';
import { type PackedPackage, type PackedProject, packedProject, publicManifests } from './support/packed-project.ts';
import { run } from './support/run.ts';
import { isTest, ROOT } from './support/workspace.ts';

const manifests = publicManifests();
const names = manifests.map(({ name }) => name);
const specifiers = manifests.flatMap(({ name, exports = {} }) =>
  Object.keys(exports)
    .filter((subpath) => !subpath.includes('*'))
    .map((subpath) => `${name}${subpath.slice(1)}`),
);
const importable = specifiers.filter((specifier) => !specifier.endsWith('.sql'));
const modules = importable.filter((specifier) => !specifier.endsWith('.json'));

let project: PackedProject;
beforeAll(async () => {
  project = await packedProject();
});

describe.each(names)('the tarball of %s', (name) => {
  let packed: PackedPackage;
  const read = (file: string) => readFileSync(join(packed.folder, file), 'utf8');
  beforeAll(() => {
    packed = project.packages.find((found) => found.name === name)!;
  });

  it('declares versions that exist outside the workspace', () => {
    expect(JSON.stringify(packed.manifest)).not.toMatch(/"(workspace|catalog|file|link):/);
  });

  it('exports files it contains, and no TypeScript source', () => {
    const targets = Object.values(packed.manifest.exports ?? {}).flatMap((target) =>
      typeof target === 'string' ? [target] : Object.values(target),
    );
    const missing = [...targets, ...Object.values(packed.manifest.bin ?? {})].filter((target) => {
      const pattern = target.replace(/^\.\//, '').split('*');
      return !packed.files.some((file) => file.startsWith(pattern[0]!) && file.endsWith(pattern.at(-1)!));
    });
    expect(missing).toEqual([]);
    expect(targets.filter((target) => target.endsWith('.ts') && !target.endsWith('.d.ts'))).toEqual([]);
  });

  it('has a README and the licence of the workspace', () => {
    expect(packed.files).toContain('README.md');
    expect(read('LICENSE')).toBe(readFileSync(join(ROOT, 'LICENSE'), 'utf8'));
  });

  it('has no tests and no build state', () => {
    expect(packed.files.filter((file) => isTest(file) || file.endsWith('.tsbuildinfo'))).toEqual([]);
  });

  it('has no built file whose source is gone (remove the dist folder and build again)', () => {
    const sources = new Set(packed.files);
    const stale = packed.files.filter((file) => {
      const source = file.replace(/^dist\//, 'src/').replace(/(\.d)?\.[jt]s(\.map)?$/, '.ts');
      // what is bundled of them has names of its own, and is made anew each time
      return file.startsWith('dist/') && !file.startsWith('dist/flagctl/') && !sources.has(source);
    });
    expect(stale).toEqual([]);
  });

  it('names no folder of the machine that built it', () => {
    const folders = [`${ROOT}/`, ...['"', "'", '`', ' ', '\n', '='].map((before) => `${before}${homedir()}/`)];
    const telling = packed.files.filter((file) => folders.some((folder) => read(file).includes(folder)));
    expect(telling).toEqual([]);
  });
});

describe('flagctl', () => {
  it('has the licences of what is bundled in it', () => {
    const { folder } = project.packages.find(({ name }) => name === '@flagwright/cli')!;
    const licences = readFileSync(join(folder, 'dist/flagctl/LICENSES.txt'), 'utf8');
    for (const name of ['js-yaml', 're2js', 'semver'])
      expect(licences).toMatch(new RegExp(`^${name}\n\n.*copyright`, 'ims'));
  });

  it.each(NODE_MAJORS)('evaluates a file under Node %s, with what is read only when it is needed', async (major) => {
    const rule = (attribute: string, operator: string, value: string) =>
      `{ type: boolean, default: false, rules: [{ clauses: [{ attribute: ${attribute}, operator: ${operator}, values: ['${value}'] }], variation: 1 }] }`;
    const file = project.write(
      'flags.yaml',
      `flags:\n  a: ${rule('x', 'matches', '^a+$')}\n  b: ${rule('v', 'semver', '^1.2')}\n`,
    );
    const bin = join('node_modules', '@flagwright', 'cli', 'dist', 'flagctl', 'flagctl.js');
    const args = ['exec', 'ff', '-f', file, '--context', '{"x":"aaa","v":"1.10.0"}', '-o', 'json'];
    const { stdout, stderr } = await project.run(major, bin, args);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout).items.map(({ variant }: { variant: string }) => variant)).toEqual(['on', 'on']);
  });
});

/** What `support/packed/probe.mjs` prints: how many exports, which are undefined, and what the import left behind. */
interface Probe {
  readonly exports: number;
  readonly undefined: readonly string[];
  readonly globals: readonly string[];
  readonly listeners: readonly string[];
  readonly resources: readonly string[];
}

describe.each(NODE_MAJORS)('on Node %i', (node) => {
  beforeAll(() => nodeBinary(node));

  it('runs the Node it says', async () => {
    project.write('version.mjs', 'process.stdout.write(process.version)');
    const { stdout } = await project.run(node, 'version.mjs');
    expect(stdout).toMatch(new RegExp(`^v${node}\\.`));
  });

  it('finds the SQL that is no module', async () => {
    project.write('sql.mjs', "process.stdout.write(import.meta.resolve('@flagwright/sources/sql/postgres.sql'))");
    const { stdout } = await project.run(node, 'sql.mjs');
    expect(readFileSync(fileURLToPath(stdout), 'utf8')).toMatch(/^-- Tables of flags in PostgreSQL/);
  });

  it.each(importable)('%s imports, in silence, and lets the process end', async (specifier) => {
    const { code, stdout, stderr } = await project.run(node, 'probe.mjs', [specifier], 10_000);
    const { exports, ...left } = stdout.startsWith('{') ? (JSON.parse(stdout) as Probe) : { exports: 0 };
    expect({ code, stderr, ...left }).toEqual({
      code: 0,
      stderr: '',
      undefined: [],
      globals: [],
      listeners: [],
      resources: [],
    });
    expect(exports).toBeGreaterThan(0);
  });
});

/** Third parties that cost time or memory to load, and the only modules that may load them when imported. */
const HEAVY: Readonly<Record<string, readonly string[]>> = {
  'js-yaml': [
    '@flagwright/core/text',
    '@flagwright/sources/file',
    '@flagwright/sources/overrides-file',
    '@flagwright/sources/env',
    '@flagwright/gates/load',
    '@flagwright/gates/list',
    '@flagwright/gates/sync',
    // targeting may be text
    '@flagwright/server/model',
    // finds keys that a body has twice, and describes itself as YAML
    '@flagwright/server',
    '@flagwright/cli',
    'flagwright',
  ],
  vitest: ['@flagwright/testing'],
  pg: [],
  '@electric-sql/pglite': [],
  ioredis: [],
  '@launchdarkly/node-server-sdk': [],
  'launchdarkly-node-server-sdk': [],
  'unleash-client': [],
  'prom-client': [],
  '@opentelemetry/api': [],
  '@grpc/grpc-js': [],
};

describe('importing loads no more than it needs', () => {
  it.each(modules)('%s', async (specifier) => {
    const { code, stdout, stderr } = await project.run(20, 'trace.mjs', [specifier]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const loaded = JSON.parse(stdout) as readonly string[];
    const own = specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1);
    expect(loaded.some((url) => url.includes(`/node_modules/${own.join('/')}/`))).toBe(true);
    const needless = Object.entries(HEAVY)
      .filter(([, allowed]) => !allowed.includes(specifier))
      .flatMap(([heavy]) => loaded.filter((url) => url.includes(`/node_modules/${heavy}/`)));
    expect(needless).toEqual([]);
  });
});

/** Subpaths of no use without an optional peer, whose types are part of theirs. Nothing else may need these to compile. */
const OF_PEERS: Readonly<Record<string, string>> = {
  '@flagwright/telemetry/prometheus': 'prom-client',
  '@flagwright/telemetry/opentelemetry': '@opentelemetry/api',
  '@flagwright/middleware/grpc': '@grpc/grpc-js',
};

describe('the types', () => {
  it.each([
    ['NodeNext', 'NodeNext'],
    ['ESNext', 'Bundler'],
  ])('resolve and check, module %s, moduleResolution %s', async (module, moduleResolution) => {
    const compiled = modules.filter((specifier) => OF_PEERS[specifier] === undefined);
    const imports = compiled.map((specifier, n) => `import * as m${n} from '${specifier}';\nvoid m${n};\n`);
    project.write('types.ts', imports.join(''));
    const compilerOptions = { module, moduleResolution, target: 'ES2023', strict: true, noEmit: true, types: ['node'] };
    project.write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['types.ts'] }));
    const { stdout } = await run(join(ROOT, 'node_modules', '.bin', 'tsc'), [], { cwd: project.folder });
    const errors = stdout.split('\n').filter((line) => line.includes('error TS'));
    // Declarations of third parties are checked too (no skipLibCheck), but what is wrong in them is not ours to mend.
    const ours = errors.filter((line) => !/^node_modules\/(?!@?flagwright\/)/.test(line));
    expect(ours).toEqual([]);
  });
});
