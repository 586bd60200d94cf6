import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { type NodeMajor, nodeBinary } from './node-versions.ts';
import { mustRun, type Outcome, run } from './run.ts';
import { filesBelow, type Manifest, ROOT, readWorkspace } from './workspace.ts';

/** One package as a user has it: installed from its tarball. Paths in `files` are relative to `folder`. */
export interface PackedPackage {
  readonly name: string;
  readonly folder: string;
  readonly manifest: Manifest;
  readonly files: readonly string[];
}

/** A project outside the workspace with every published package installed from its tarball. */
export interface PackedProject {
  readonly folder: string;
  readonly packages: readonly PackedPackage[];
  /** Write a file into the project; answers its path. */
  write(file: string, text: string): string;
  /** Run a file of the project with a real Node of that major, in a bare environment; `timeout` in milliseconds. */
  run(node: NodeMajor, file: string, args?: readonly string[], timeout?: number): Promise<Outcome>;
}

const FIXTURES = fileURLToPath(new URL('./packed/', import.meta.url));
let project: Promise<PackedProject> | undefined;

/**
 * Build, pack and install, once for all tests of the `packages` project: put a test that wants it into
 * `test/packages.test.ts` or `test/packed/`. The folder is removed after the last of them.
 */
export function packedProject(): Promise<PackedProject> {
  project ??= create();
  return project;
}

/** The packages that are published, as the workspace declares them. */
export function publicManifests(): readonly Manifest[] {
  return readWorkspace()
    .map(({ manifest }) => manifest)
    .filter((manifest) => manifest.private !== true);
}

async function create(): Promise<PackedProject> {
  const folder = inject('packedFolder');
  await mustRun(join(ROOT, 'node_modules', '.bin', 'tsc'), ['-b'], { cwd: ROOT });
  await mustRun(process.execPath, ['packages/cli/bundle.mjs'], { cwd: ROOT });
  const tarballs = await pack(folder);
  const dependencies = Object.fromEntries([...tarballs].map(([name, file]) => [name, `file:${file}`]));
  const devDependencies = { '@types/node': version('@types/node') };
  const overrides = Object.fromEntries([...tarballs.keys()].map((name) => [name, `$${name}`]));
  const manifest = { private: true, type: 'module', dependencies, devDependencies, overrides };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
  await mustRun('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
  for (const file of filesBelow(FIXTURES)) copyFileSync(join(FIXTURES, file), join(folder, file));

  return {
    folder,
    packages: [...tarballs.keys()].map((name) => installed(folder, name)),
    write(file, text) {
      const path = join(folder, file);
      writeFileSync(path, text);
      return path;
    },
    async run(node, file, args = [], timeout = 60_000) {
      const { PATH, HOME } = process.env;
      return run(await nodeBinary(node), [file, ...args], { cwd: folder, env: { PATH, HOME }, timeout });
    },
  };
}

/** The tarball of every published package, by name. */
async function pack(folder: string): Promise<ReadonlyMap<string, string>> {
  const tarballs = join(folder, 'tarballs');
  mkdirSync(tarballs);
  const args = ['--recursive', '--filter', './packages/*', 'pack', '--json', '--pack-destination', tarballs];
  const [command, ...before] = await pnpm();
  const stdout = await mustRun(command!, [...before, ...args], { cwd: ROOT });
  const packed = JSON.parse(stdout) as readonly { readonly name: string; readonly filename: string }[];
  return new Map(packed.map(({ name, filename }) => [name, filename]));
}

/** pnpm itself where there is one, otherwise by way of npx. */
async function pnpm(): Promise<readonly string[]> {
  const { code } = await run('pnpm', ['--version'], { cwd: ROOT });
  return code === 0 ? ['pnpm'] : ['npx', '-y', 'pnpm@12'];
}

/** The version of a third-party package the workspace itself is tested with. */
function version(name: string): string {
  const text = readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}

function installed(project: string, name: string): PackedPackage {
  const folder = join(project, 'node_modules', name);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  return { name, folder, manifest, files: filesBelow(folder, ['node_modules']) };
}
