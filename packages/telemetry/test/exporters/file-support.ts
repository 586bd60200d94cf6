import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Numbered } from './support.ts';

/** The files of a path that were set aside, the oldest first, and the file itself. */
export function filesOf(path: string): readonly string[] {
  const numbers = readdirSync(dirname(path))
    .map((name) => /^(.*)\.(\d+)$/.exec(name))
    .filter((match) => match?.[1] === basename(path))
    .map((match) => Number(match![2]))
    .sort((a, b) => b - a);
  return [...numbers.map((n) => `${path}.${n}`), ...(existsSync(path) ? [path] : [])];
}

/** What files of lines hold. */
export interface Contents {
  /** The numbers of all events, in order. */
  readonly numbers: readonly number[];
  /** Lines that are no JSON. */
  readonly torn: readonly string[];
}

/** Reads files one after another, as one whole. Empty lines say nothing. */
export function contentsOf(paths: readonly string[]): Contents {
  const [numbers, torn]: [number[], string[]] = [[], []];
  for (const path of paths) {
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      if (line === '') continue;
      try {
        numbers.push((JSON.parse(line) as Numbered).n);
      } catch {
        torn.push(line.slice(0, 100));
      }
    }
  }
  return { numbers, torn };
}
