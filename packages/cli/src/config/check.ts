import { formatPath, isRecord, type Path } from '@flagwright/core';
import { nearest } from '../grammar/nearest.ts';
import type { Config, Profile, StoredToken } from './config.ts';

/** Something wrong, or doubtful, in a configuration. Never shows what a token is. */
export interface Fault {
  readonly path: Path;
  /** A whole sentence without a full stop. */
  readonly message: string;
}

/** A configuration that was checked: all of it that is good, and what is not. */
export interface CheckedConfig {
  readonly config: Config;
  readonly errors: readonly Fault[];
  /** Members that nobody knows. */
  readonly warnings: readonly Fault[];
}

const MEMBERS = ['apiVersion', 'kind', 'current-context', 'contexts', 'tokens'];
const CONTEXT = ['environment', 'token-ref', 'project', 'stage'];

const ITEM = ['name', 'context'];
const TOKEN = ['name', 'token', 'command'];

/** All names of members: these are no secret, wherever they stand. */
export const KNOWN_WORDS: ReadonlySet<string> = new Set([...MEMBERS, ...CONTEXT, ...ITEM, ...TOKEN]);

/** Reads a configuration from what its file says. */
export function checkConfig(document: unknown): CheckedConfig {
  const errors: Fault[] = [];
  const warnings: Fault[] = [];
  const fault = (path: Path, what: string): void => void errors.push({ path, message: `${formatPath(path)} ${what}` });

  function map(value: unknown, path: Path, known: readonly string[]): Readonly<Record<string, unknown>> | undefined {
    if (!isRecord(value)) {
      fault(path, `is ${typeOf(value)}; expected a map`);
      return undefined;
    }
    for (const name of Object.keys(value)) {
      if (known.includes(name)) continue;
      const near = nearest(name, known);
      const hint = near === undefined ? '' : `. Hint: did you mean ${near}?`;
      warnings.push({ path: [...path, name], message: `${formatPath([...path, name])} means nothing here${hint}` });
    }
    return value;
  }
  function text(of: Readonly<Record<string, unknown>>, name: string, path: Path): string | undefined {
    const value = Object.hasOwn(of, name) ? of[name] : undefined;
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value === 'string') return value;
    const quotes = typeof value === 'object' ? '' : '. Hint: write it in quotes';
    fault([...path, name], `is ${typeOf(value)}; expected text${quotes}`);
    return undefined;
  }
  function fixed(of: Readonly<Record<string, unknown>>, name: string, expected: string): void {
    if (!Object.hasOwn(of, name) || of[name] === expected) return;
    fault([name], `is not ${expected}, which is the only one there is`);
  }
  /** The items of a list, each with a name of its own. */
  function named<T>(
    of: Readonly<Record<string, unknown>>,
    list: string,
    known: readonly string[],
    read: (item: Readonly<Record<string, unknown>>, path: Path, name: string) => T,
  ): readonly T[] {
    const value = Object.hasOwn(of, list) ? of[list] : undefined;
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) {
      fault([list], `is ${typeOf(value)}; expected a list`);
      return [];
    }
    const first = new Map<string, number>();
    return value.flatMap((given: unknown, i) => {
      const path = [list, i];
      const item = map(given, path, known);
      if (item === undefined) return [];
      const name = text(item, 'name', path);
      if (name === undefined) {
        if (item.name === undefined || item.name === null || item.name === '') fault(path, 'has no name');
        return [];
      }
      const before = first.get(name);
      if (before !== undefined)
        fault([...path, 'name'], `is ${JSON.stringify(name)}, as that of ${list}[${before}] is`);
      else first.set(name, i);
      return [read(item, path, name)];
    });
  }

  const top = map(document, [], MEMBERS);
  if (top === undefined) return { config: { currentContext: undefined, contexts: [], tokens: [] }, errors, warnings };
  fixed(top, 'apiVersion', 'v1');
  fixed(top, 'kind', 'Config');
  const currentContext = text(top, 'current-context', []);
  const contexts = named(top, 'contexts', ITEM, (item, path, name): Profile => {
    const inner = [...path, 'context'];
    const of = item.context === undefined || item.context === null ? {} : (map(item.context, inner, CONTEXT) ?? {});
    return {
      name,
      environment: text(of, 'environment', inner),
      tokenRef: text(of, 'token-ref', inner),
      project: text(of, 'project', inner),
      stage: text(of, 'stage', inner),
    };
  });
  const tokens = named(top, 'tokens', TOKEN, (item, path, name): StoredToken => {
    const token = text(item, 'token', path);
    const command = text(item, 'command', path);
    if (token !== undefined && command !== undefined) fault(path, 'has a token and a command; expected one of them');
    return { name, token, command };
  });
  return { config: { currentContext, contexts, tokens }, errors, warnings };
}

function typeOf(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  return typeof value === 'string' ? 'text' : `a ${typeof value}`;
}
