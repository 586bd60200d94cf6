import type { Issue } from '@flagwright/core';
import { FlagError, formatIssue, jsonEqual, notJson } from '@flagwright/core';
import type { Config, ConfigPath, ConfigValue } from './config.ts';
import type { Environment, Said, Word } from './said.ts';
import { PATHS, SETTINGS } from './settings.ts';

/** A configuration in which every value is of its kind, and nothing is missing. */
export interface Settings {
  /** The value at a place, or its default; undefined only where there is none. */
  get<P extends ConfigPath>(path: P): ConfigValue<P> | undefined;
  /** Whether overrides may be used here. */
  readonly overridable: boolean;
  /** Where the provider `env` reads its flags. */
  readonly env: Environment;
}

/** Later layers win. Throws `FlagError('INVALID_ARGUMENT')` that tells of everything that is wrong, and shows no secret. */
export function checkSettings(layers: readonly Said[], env: Environment): Settings {
  const words = merged(layers);
  const issues = layers.flatMap((layer) => layer.issues);
  const wrong = wrongWords(words);
  const value = (path: ConfigPath): unknown => {
    const word = words.get(path);
    return word === undefined || wrong.has(path) ? SETTINGS[path].default : word.value;
  };
  const provider = value('provider') as Config['provider'];
  for (const path of PATHS) {
    const { needed, variables } = SETTINGS[path];
    const missing = !words.has(path) && !wrong.has('provider') && needed?.includes(provider!) === true;
    if (!missing || value('offline') === true) continue;
    const expected = `${variables.join(' or ')}, or ${path} in the configuration`;
    wrong.set(path, issue(path.split('.'), { message: `the provider ${provider} needs this`, expected }));
  }
  const overridable = env.NODE_ENV !== 'production' || value('allowOverridesInProduction') === true;
  if (!overridable) {
    for (const path of ['overrides', 'overridesFile'] as const) {
      const word = words.get(path);
      if (word === undefined || wrong.has(path)) continue;
      const message = 'overrides are for development, and this is production';
      const hint = 'remove them, or set FEATURE_ALLOW_OVERRIDES_IN_PRODUCTION=true';
      wrong.set(path, issue(word.path, { message, expected: 'nothing', hint }, word.place));
    }
  }
  refuse([...issues, ...wrong.values()]);
  return {
    get: (path) => value(path) as never,
    overridable,
    env,
  };
}

/** Whether two configurations say the same. What is no plain JSON, as a map of flags, is the same only as itself. */
export function sameSettings(a: Settings, b: Settings): boolean {
  if (a.overridable !== b.overridable || a.env !== b.env) return false;
  return PATHS.every((path) => {
    const [one, other]: unknown[] = [a.get(path), b.get(path)];
    return one === other || (notJson(one) === undefined && jsonEqual(one, other));
  });
}

/** What the layers say, as one configuration; it may lack what a provider needs. Throws like `checkSettings`. */
export function toConfig(layers: readonly Said[]): Config {
  const words = merged(layers);
  refuse([...layers.flatMap((layer) => layer.issues), ...wrongWords(words).values()]);
  const config: Record<string, unknown> = {};
  for (const [path, { value }] of words) {
    const [group, name] = path.split('.') as [string, string?];
    if (name === undefined) config[group] = value;
    else config[group] = { ...(config[group] as object | undefined), [name]: value };
  }
  return config;
}

function merged(layers: readonly Said[]): ReadonlyMap<ConfigPath, Word> {
  return new Map(layers.flatMap(({ words }) => [...words]));
}

function wrongWords(words: ReadonlyMap<ConfigPath, Word>): Map<ConfigPath, Issue> {
  const wrong = new Map<ConfigPath, Issue>();
  for (const [path, { value, path: said, place }] of words) {
    const problem = SETTINGS[path].kind.check(value);
    if (problem !== undefined) wrong.set(path, issue(said, problem, place));
  }
  return wrong;
}

function issue(
  path: Issue['path'],
  problem: Pick<Issue, 'message' | 'expected' | 'hint'>,
  place?: Issue['place'],
): Issue {
  return { severity: 'error', code: 'invalid-setting', path, ...problem, ...(place === undefined ? {} : { place }) };
}

/** Throws what is wrong, all of it. */
function refuse(issues: readonly Issue[]): void {
  if (issues.length === 0) return;
  const inOrder = issues.toSorted((a, b) => (a.place?.line ?? 0) - (b.place?.line ?? 0));
  const lines = inOrder.map((one) => `  ${formatIssue(one)}`);
  throw new FlagError('INVALID_ARGUMENT', ['the configuration cannot be used:', ...lines].join('\n'), {
    issues: inOrder,
  });
}
