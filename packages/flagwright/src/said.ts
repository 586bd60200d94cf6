import { readFileSync } from 'node:fs';
import type { Issue, Path, Place } from '@flagwright/core';
import { FlagError, oneOf, preview, suggest, WARNING } from '@flagwright/core';
import { parseText } from '@flagwright/core/text';
import type { ConfigPath } from './config.ts';
import { PATHS, SETTINGS } from './settings.ts';

/** One value of a configuration, as somebody said it. */
export interface Word {
  readonly value: unknown;
  /** How a message names the place: a variable, or the steps to it. */
  readonly path: Path;
  readonly place?: Place | undefined;
}

/** What one layer of a configuration says: code, a file, or the environment. */
export interface Said {
  readonly words: ReadonlyMap<ConfigPath, Word>;
  /** What is said and cannot be understood. */
  readonly issues: readonly Issue[];
}

/** Variables of an environment, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Variables that are read beside those of the settings. */
const OTHERS = ['FEATURE_CONFIG', 'FEATURE_FLAGS'];

/**
 * What environment variables say. An empty one counts as not set. One that looks like a slip of the finger in the name of
 * a setting is told in a process warning, since it says nothing.
 */
export function saidByEnv(env: Environment): Said {
  const words = new Map<ConfigPath, Word>();
  for (const path of PATHS) {
    const { kind, variables } = SETTINGS[path];
    const variable = variables.find((name) => env[name] !== undefined && env[name].trim() !== '');
    if (variable !== undefined) words.set(path, { value: kind.parse(env[variable]!), path: [variable] });
  }
  const known = [...PATHS.flatMap((path) => SETTINGS[path].variables), ...OTHERS];
  for (const name of Object.keys(env)) {
    if (!name.startsWith('FEATURE_') || name.startsWith('FEATURE_FLAG_') || known.includes(name)) continue;
    const near = suggest(name, known);
    if (near === undefined) continue;
    process.emitWarning(`the variable ${name} is not known. Hint: did you mean ${near}?`, WARNING);
  }
  return { words, issues: [] };
}

const GROUPS: ReadonlySet<string> = new Set(PATHS.flatMap((path) => (path.includes('.') ? path.split('.', 1) : [])));

/** What a configuration says, given in code or read from a file. */
export function saidByConfig(config: unknown, locate?: (path: Path) => Place | undefined): Said {
  const words = new Map<ConfigPath, Word>();
  const issues: Issue[] = [];
  const report = (issue: Omit<Issue, 'severity'>): void => {
    const place = locate?.(issue.path);
    issues.push({ severity: 'error', ...issue, ...(place === undefined ? {} : { place }) });
  };
  const walk = (object: object, steps: readonly string[]): void => {
    const prefix = steps.map((step) => `${step}.`).join('');
    for (const [name, value] of Object.entries(object)) {
      const path = [...steps, name];
      if (value === undefined || (steps.length === 0 && name === '$schema')) continue;
      if (steps.length === 0 && GROUPS.has(name)) {
        if (isMap(value)) walk(value, path);
        // a group of which everything is commented out
        else if (value !== null) report({ code: 'wrong-shape', path, message: 'this is no map', expected: 'a map' });
      } else if (Object.hasOwn(SETTINGS, prefix + name)) {
        words.set((prefix + name) as ConfigPath, { value, path, place: locate?.(path) });
      } else {
        const names = [...GROUPS, ...PATHS]
          .filter((one) => one.startsWith(prefix))
          .map((one) => one.slice(prefix.length))
          .filter((one) => !one.includes('.'));
        const near = suggest(name, names);
        report({
          code: 'unknown-property',
          path,
          message: 'this is not known here',
          expected: oneOf(names),
          ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
        });
      }
    }
  };
  if (isMap(config)) walk(config, []);
  else report({ code: 'wrong-shape', path: [], message: `the configuration is ${preview(config)}`, expected: 'a map' });
  return { words, issues };
}

/**
 * What a file says: YAML or JSON. Throws `FlagError`: `NOT_FOUND`, `UNAVAILABLE`, `PARSE_ERROR` with line and column; also
 * for one that holds nothing, if it held something before.
 */
export function saidByFile(path: string, before?: Said): Said {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const why = missing ? 'there is no such file' : `it cannot be read (${(cause as NodeJS.ErrnoException).code})`;
    throw new FlagError(missing ? 'NOT_FOUND' : 'UNAVAILABLE', `the configuration ${path}: ${why}`, { cause });
  }
  const { document, locate, issues } = parseText(text, { file: path });
  if (!issues.some(({ code }) => code === 'empty-document')) return saidByConfig(document, locate);
  if (before !== undefined && before.words.size > 0) {
    const hint = 'write provider: memory if no backend is what you mean';
    throw new FlagError('PARSE_ERROR', `the configuration ${path} became empty: half-written? Hint: ${hint}`);
  }
  return saidByConfig({});
}

function isMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
