import { readFileSync } from 'node:fs';
import type { Issue, Path, Place } from '@flagwright/core';
import { FlagError, formatIssue, oneOf, suggest, WARNING } from '@flagwright/core';
import { type ParsedText, parseText } from '@flagwright/core/text';
import type { ConfigPath } from './config.ts';
import { PATHS, SETTINGS } from './settings.ts';
import { isPlainMap, shown, shownName } from './shown.ts';

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

/** Refuses what is no environment, with `INVALID_ARGUMENT`. */
export function checkEnv(env: unknown): void {
  const fault = typeof env !== 'object' || env === null ? 'the environment is none' : noFile(env);
  if (fault !== undefined) {
    throw new FlagError('INVALID_ARGUMENT', `${fault}; expected variables that are text, as process.env has them`);
  }
}

const noFile = ({ FEATURE_CONFIG }: { readonly FEATURE_CONFIG?: unknown }): string | undefined =>
  FEATURE_CONFIG === undefined || typeof FEATURE_CONFIG === 'string' ? undefined : 'FEATURE_CONFIG is no text';

/** Variables that are read beside those of the settings. */
const OTHERS = ['FEATURE_CONFIG', 'FEATURE_FLAGS'];

/**
 * What environment variables say. An empty one counts as not set. One that looks like a slip of the finger in the name of
 * a setting is told in a process warning, since it says nothing.
 */
export function saidByEnv(env: Environment): Said {
  const words = new Map<ConfigPath, Word>();
  const issues: Issue[] = [];
  for (const path of PATHS) {
    const { kind, variables } = SETTINGS[path];
    const variable = variables.find((name) => env[name] !== undefined && String(env[name]).trim() !== '');
    if (variable === undefined) continue;
    const given: unknown = env[variable];
    if (typeof given === 'string') words.set(path, { value: kind.parse(given), path: [variable] });
    else issues.push(noText(variable));
  }
  const known = [...PATHS.flatMap((path) => SETTINGS[path].variables), ...OTHERS];
  for (const name of Object.keys(env)) {
    if (!name.startsWith('FEATURE_') || name.startsWith('FEATURE_FLAG_') || known.includes(name)) continue;
    const near = suggest(name, known);
    // a name of an application may be near as well
    const begin = 'FEATURE_'.length + 2;
    if (near?.slice(0, begin) !== name.slice(0, begin)) continue;
    process.emitWarning(`the variable ${name} is not known. Hint: did you mean ${near}?`, WARNING);
  }
  return { words, issues };
}

const noText = (variable: string): Issue => ({
  severity: 'error',
  code: 'wrong-shape',
  path: [variable],
  message: 'this is no text',
  expected: 'text, as in process.env',
});

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
      const path = [...steps, shownName(name)];
      if (value === undefined || (steps.length === 0 && name === '$schema')) continue;
      if (steps.length === 0 && GROUPS.has(name)) {
        if (isPlainMap(value)) walk(value, path);
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
  if (!isPlainMap(config)) {
    report({
      code: 'wrong-shape',
      path: [],
      message: `the configuration is ${typeof config === 'string' ? 'a text' : shown(config)}`,
      expected: 'a map',
    });
    return { words, issues };
  }
  try {
    walk(config, []);
  } catch (thrown) {
    throw new FlagError('INVALID_ARGUMENT', 'the configuration cannot be read: a getter of it throws', {
      cause: thrown,
    });
  }
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
  const { document, locate, issues } = parsed(text, path);
  if (!issues.some(({ code }) => code === 'empty-document')) return saidByConfig(document, locate);
  if (before !== undefined && before.words.size > 0) {
    const hint = 'write provider: memory if no backend is what you mean';
    throw new FlagError('PARSE_ERROR', `the configuration ${path} became empty: half-written? Hint: ${hint}`);
  }
  return saidByConfig({});
}

/** The text, read. What is wrong with it is told by its place alone: a part of it that would be shown may be a secret. */
function parsed(text: string, file: string): ParsedText {
  try {
    return parseText(text, { file });
  } catch (thrown) {
    const { code, issues } = FlagError.from(thrown);
    const hidden = issues.map(
      ({ place, code: fault, severity }): Issue => ({
        severity,
        code: fault,
        path: [],
        message: `this cannot be read (${fault})`,
        ...(place === undefined ? {} : { place }),
      }),
    );
    throw new FlagError(code, hidden.map(formatIssue).join('\n'), { issues: hidden });
  }
}
