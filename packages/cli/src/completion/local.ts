import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isRecord } from '@flagwright/core';
import type { Call } from '../grammar/call.ts';

/** Larger files than this are not read at a key that is pressed, in bytes. */
const MOST = 2 ** 20;

/** The flags of the files that a command line names. */
export async function localFlags(call: Call): Promise<readonly string[]> {
  return (await flagsIn(call)).map(([key]) => key);
}

/** The rules of the flag that a command line is about, by the files it names. */
export async function localRules(call: Call): Promise<readonly string[]> {
  const [wanted] = call.args;
  const definitions = (await flagsIn(call)).filter(([key]) => wanted === undefined || key === wanted);
  const ids = definitions.flatMap(([, definition]) => {
    const rules = isRecord(definition) && Array.isArray(definition.rules) ? definition.rules : [];
    return rules.flatMap((rule: unknown) => (isRecord(rule) && typeof rule.id === 'string' ? [rule.id] : []));
  });
  return [...new Set(ids)];
}

/** Flags of flag documents with what they say, and those of manifests with their specs; each key once. */
async function flagsIn(call: Call): Promise<readonly (readonly [key: string, definition: unknown])[]> {
  const files: string[] = [];
  for (const name of call.texts('filename')) {
    // the standard input is not there yet, and a pipe can be read once
    const found = name === '' ? undefined : await stat(resolve(call.world.cwd, name)).catch(() => undefined);
    if (found?.isDirectory() === true || (found?.isFile() === true && found.size <= MOST)) files.push(name);
  }
  const { readDocuments } = await import('../manifests/documents.ts');
  const flags = new Map<string, unknown>();
  for (const { value } of await readDocuments(call.world, files)) {
    if (isRecord(value) && isRecord(value.flags)) {
      for (const [key, definition] of Object.entries(value.flags)) flags.set(key, definition);
    }
    for (const item of itemsOf(value)) {
      if (!isRecord(item) || item.kind !== 'FeatureFlag' || !isRecord(item.metadata)) continue;
      const { id } = item.metadata;
      if (typeof id === 'string') flags.set(id, item.spec);
    }
  }
  return [...flags];
}

function itemsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return isRecord(value) && Array.isArray(value.items) ? value.items : [value];
}
