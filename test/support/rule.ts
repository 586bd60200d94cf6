import type { Import } from './imports.ts';
import type { Layer } from './layers.ts';
import { packageOf, type SourceFile, shortName, type WorkspacePackage } from './workspace.ts';

/** A broken rule: where (`core/src/index.ts:3`, `core/package.json`) and what. */
export interface Violation {
  readonly where: string;
  readonly problem: string;
}

/** The layer table a workspace is held against. */
export type Layers = Readonly<Record<string, Layer>>;

/** One promise of the architecture. It looks at one package and answers what is wrong with it. */
export interface Rule {
  readonly name: string;
  /** The promise in words, as it reads in the test report. */
  readonly promise: string;
  check(subject: WorkspacePackage, layers: Layers): readonly Violation[];
}

/** An import that names a package, with the file it stands in. */
export interface PackageImport extends Import {
  readonly file: SourceFile;
  readonly package: string;
  /** The short name of a workspace package. */
  readonly workspace: string | undefined;
}

/** Every import of a package's sources that names another package. */
export function packageImports(subject: WorkspacePackage): readonly PackageImport[] {
  return subject.sources.flatMap((file) =>
    file.imports.flatMap((found) => {
      const name = packageOf(found.specifier);
      return name === undefined ? [] : [{ ...found, file, package: name, workspace: shortName(name) }];
    }),
  );
}

/** `core/src/index.ts:3`. */
export function at(subject: WorkspacePackage, file: SourceFile, line?: number): string {
  return `${subject.directory}/${file.path}${line === undefined ? '' : `:${line}`}`;
}
