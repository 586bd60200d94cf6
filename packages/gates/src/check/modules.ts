import { dirname, resolve } from 'node:path';
import type { Exported, Facts } from './facts.ts';
import type { ImportRef } from './imports.ts';
import type { Certainty } from './scope.ts';
import { type TextRef, textIn } from './values.ts';

/** Follows what files take from one another. */
export interface Modules {
  /** The text that another file has; undefined if it cannot be told. */
  text(path: string, ref: TextRef): string | undefined;
  /** Whether something holds gates. */
  holds(path: string, certainty: Certainty): boolean;
}

/** As TypeScript and bundlers look for a file: as it is named, its source, with an ending, in a folder. */
const ENDINGS: readonly (readonly [ending: RegExp, instead: readonly string[]])[] = [
  [/$/, ['']],
  [/\.js$/, ['.ts', '.tsx']],
  [/\.mjs$/, ['.mts']],
  [/\.cjs$/, ['.cts']],
  [/\.jsx$/, ['.tsx']],
  [/$/, ['.ts', '.tsx', '.mts', '.js', '.mjs', '.jsx', '/index.ts', '/index.tsx', '/index.js']],
];

/** Files re-export from one another, perhaps in a circle. */
const MAX_STEPS = 10;

export function modulesOf(files: readonly Facts[]): Modules {
  const byPath = new Map(files.map((file) => [file.path, file]));

  const fileOf = (from: string, specifier: string): Facts | undefined => {
    if (!/^\.{1,2}(?:\/|$)/.test(specifier)) return undefined;
    const path = resolve(dirname(from), specifier);
    for (const [ending, instead] of ENDINGS) {
      for (const other of instead) {
        const found = byPath.get(path.replace(ending, other));
        if (found !== undefined) return found;
      }
    }
    return undefined;
  };

  const exportedBy = (path: string, { from, name }: ImportRef, steps: number): Exported | undefined => {
    const file = steps === 0 ? undefined : fileOf(path, from);
    if (file === undefined) return undefined;
    const own = file.exports.get(name);
    if (own?.ref !== undefined) return exportedBy(file.path, own.ref, steps - 1);
    if (own !== undefined) return own;
    for (const star of file.stars) {
      const found = exportedBy(file.path, { from: star, name }, steps - 1);
      if (found !== undefined) return found;
    }
    return undefined;
  };

  return {
    text: (path, { ref, member }) => textIn(exportedBy(path, ref, MAX_STEPS)?.texts, member),
    holds: (path, certainty) =>
      typeof certainty === 'boolean' ? certainty : exportedBy(path, certainty, MAX_STEPS)?.gates === true,
  };
}
