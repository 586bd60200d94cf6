import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Import, importsOf } from './imports.ts';

/** One entry of `exports`: a file, or a file per condition. */
export type ExportTarget = string | Readonly<Record<string, string>>;

/** The part of `package.json` the quality gates read. */
export interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly type?: string;
  readonly license?: string;
  readonly sideEffects?: boolean;
  readonly engines?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, ExportTarget>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly files?: readonly string[];
  readonly publishConfig?: { readonly exports?: Readonly<Record<string, ExportTarget>> };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** A source file that is shipped: not a test. `path` is relative to the package, with forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

/** One folder below `packages/`. `has` tells whether a path relative to it exists. */
export interface WorkspacePackage {
  readonly directory: string;
  readonly manifest: Manifest;
  readonly sources: readonly SourceFile[];
  has(path: string): boolean;
}

/** The root of this workspace. */
export const ROOT: string = fileURLToPath(new URL('../../', import.meta.url)).replace(/[/\\]$/, '');

/** Every package of the workspace at `root`, read from disk. */
export function readWorkspace(root: string = ROOT): readonly WorkspacePackage[] {
  const files = new Map<string, string>();
  const packages = join(root, 'packages');
  for (const path of filesBelow(packages)) files.set(path, readFileSync(join(packages, path), 'utf8'));
  return workspaceOf(files);
}

/** Packages from texts by path below `packages/`, e.g. `core/src/index.ts`. */
export function workspaceOf(files: ReadonlyMap<string, string>): readonly WorkspacePackage[] {
  const manifests = [...files].filter(([path]) => /^[^/]+\/package\.json$/.test(path));
  return manifests.map(([manifestPath, manifest]) => {
    const directory = manifestPath.split('/', 1)[0]!;
    const sources: SourceFile[] = [];
    for (const [path, text] of files) {
      const inPackage = path.slice(directory.length + 1);
      if (!path.startsWith(`${directory}/src/`) || !inPackage.endsWith('.ts') || isTest(inPackage)) continue;
      sources.push({ path: inPackage, text, imports: importsOf(text) });
    }
    return {
      directory,
      manifest: JSON.parse(manifest) as Manifest,
      sources,
      has: (path) => files.has(`${directory}/${path.replace(/^\.\//, '')}`),
    };
  });
}

/** Whether a path is a test or its equipment, which is neither shipped nor bound by the arrows. */
export function isTest(path: string): boolean {
  return /\.(test|spec|bench)(-d)?\.[cm]?[jt]sx?(\.map)?$/.test(path) || /(^|\/)(test|tests|__tests__)\//.test(path);
}

/** Files below a folder, relative to it with forward slashes, without `node_modules` and `dist` unless asked for. */
export function filesBelow(folder: string, skip: readonly string[] = ['node_modules', 'dist']): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep))
    .filter((steps) => !steps.some((step) => skip.includes(step)))
    .map((steps) => steps.join('/'));
}

/** `@scope/name` or `name` of a specifier that names a package; undefined for relative paths and `node:` modules. */
export function packageOf(specifier: string): string | undefined {
  if (/^(\.|\/|node:|#)/.test(specifier)) return undefined;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** The short name the layer table uses: `@flagwright/core` → `core`; `flagwright` stays; others are third parties. */
export function shortName(name: string): string | undefined {
  if (name === 'flagwright') return name;
  return name.startsWith('@flagwright/') ? basename(name) : undefined;
}
