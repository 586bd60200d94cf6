import { booleanOf, type Issue, isRecord } from '@flagwright/core';
import type { GateSetting } from '../layer.ts';
import { notBoolean, shortened } from './boolean.ts';
import type { Reading } from './reading.ts';

/**
 * A JSON object of names to booleans, or to booleans as text, as Zarf's `ZARF_FEATURES`; null is unset. The text itself
 * is never shown.
 */
export function readFeaturesJson(text: string, from: string): Reading {
  const settings: GateSetting[] = [];
  const issues: Issue[] = [];
  const wrong = (name: string | undefined, code: string, message: string): void => {
    const path = name === undefined ? [] : [name];
    issues.push({ severity: 'error', code, path, message: `${message} (set by ${from})` });
  };
  const features = parseObject(text);
  if (features === undefined) {
    wrong(undefined, 'syntax', 'this is no JSON object; expected one like {"name":"true"}, or name=true,other=false');
    return { settings, issues };
  }
  for (const name of doubledKeys(text)) wrong(name, 'duplicate-key', `the key ${shortened(name)} is there twice`);
  for (const [name, value] of Object.entries(features)) {
    if (value === null) continue;
    const enabled = typeof value === 'string' ? booleanOf(value) : value;
    if (typeof enabled === 'boolean') settings.push({ name, enabled, from });
    else wrong(name, 'not-a-boolean', notBoolean(name, value, 'zarf'));
  }
  return { settings, issues };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    // what JSON.parse says shows the text, and differs between versions of Node
    return undefined;
  }
}

/** Keys that are there twice, of which JSON.parse tells nothing: in sound JSON a text before a colon is a key. */
function doubledKeys(text: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const doubled = new Set<string>();
  let depth = 0;
  for (const [token, string, colon] of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\]]/g)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    // deeper ones are no names of gates: their object is told as a whole
    if (string === undefined || colon === undefined || depth !== 1) continue;
    const key = JSON.parse(string) as string;
    if (seen.has(key)) doubled.add(key);
    seen.add(key);
  }
  return doubled;
}
