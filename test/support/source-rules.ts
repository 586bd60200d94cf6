import { posix } from 'node:path';
import { codeFromText } from './imports.ts';
import { at, type Rule } from './rule.ts';
import type { SourceFile, WorkspacePackage } from './workspace.ts';

/** More lines than this want splitting. */
export const LONG = 250;
const TOO_LONG = 400;

/** How many lines a file has. */
export function lineCount(text: string): number {
  return text.replace(/\n$/, '').split('\n').length;
}

/** Whether a file was written by a program, which may write long ones. */
export function isGenerated(file: SourceFile): boolean {
  return file.path.endsWith('.generated.ts');
}

/** The file of the package a relative specifier means, as `src/…ts`. */
function target(file: SourceFile, specifier: string): string {
  return posix.join(posix.dirname(file.path), specifier);
}

const cycles: Rule = {
  name: 'cycles',
  promise: 'no source file imports itself by way of others, types included',
  check(subject) {
    const files = new Map(subject.sources.map((file) => [file.path, file]));
    const done = new Set<string>();
    const found: string[][] = [];
    const visit = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) {
        found.push([...trail.slice(trail.indexOf(path)), path]);
        return;
      }
      const file = files.get(path);
      if (file === undefined || done.has(path)) return;
      for (const { specifier } of file.imports) {
        if (specifier.startsWith('.')) visit(target(file, specifier), [...trail, path]);
      }
      done.add(path);
    };
    for (const path of files.keys()) visit(path, []);
    return found.map((trail) => ({ where: `${subject.directory}/${trail[0]}`, problem: trail.join(' → ') }));
  },
};

const inside: Rule = {
  name: 'inside',
  promise: 'a relative import stays inside its package and names a file with its ending',
  check: (subject: WorkspacePackage) =>
    subject.sources.flatMap((file) =>
      file.imports
        .filter(({ specifier }) => /^[./]/.test(specifier))
        .filter(({ specifier }) => !/\.(ts|json)$/.test(specifier) || target(file, specifier).startsWith('..'))
        .map(({ specifier, line }) => ({ where: at(subject, file, line), problem: `imports ${specifier}` })),
    ),
};

const noEval: Rule = {
  name: 'eval',
  promise: 'no eval, no new Function',
  check: (subject) =>
    subject.sources.flatMap((file) =>
      codeFromText(file.text).map((line) => ({ where: at(subject, file, line), problem: 'makes code from text' })),
    ),
};

/** Builtin modules that open standard error when they are imported, in Node 22 and later, by what they load lazily. */
const NOISY: ReadonlySet<string> = new Set(['node:util', 'node:http', 'node:https']);

const silence: Rule = {
  name: 'silence',
  promise: 'no module is imported that opens a stream by being imported',
  check: (subject) =>
    subject.sources.flatMap((file) =>
      file.imports
        .filter(({ specifier, dynamic, typeOnly }) => NOISY.has(specifier) && !dynamic && !typeOnly)
        .map(({ specifier, line }) => ({ where: at(subject, file, line), problem: `imports ${specifier}` })),
    ),
};

const length: Rule = {
  name: 'length',
  promise: `no file written by hand has more than ${TOO_LONG} lines`,
  check: (subject) =>
    subject.sources
      .filter((file) => !isGenerated(file) && lineCount(file.text) > TOO_LONG)
      .map((file) => ({ where: at(subject, file), problem: `has ${lineCount(file.text)} lines` })),
};

/** How source files are written. */
export const SOURCE_RULES: readonly Rule[] = [cycles, inside, noEval, silence, length];
