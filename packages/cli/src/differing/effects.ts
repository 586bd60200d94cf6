import { type AttributeDefinition, type FlagDefinition, isRecord } from '@flagwright/core';
import { effectOf, formatEffect } from '@flagwright/server/model';
import type { Call } from '../grammar/call.ts';
import { outputOf } from '../output/output.ts';
import { safe } from '../output/safe.ts';
import { styleOf } from '../output/style.ts';

/** What a flag is for a stage on two sides; undefined where one serves none. */
export interface Served {
  readonly key: string;
  /** Where, in words: `production`. */
  readonly where: string | undefined;
  readonly before: FlagDefinition | undefined;
  readonly after: FlagDefinition | undefined;
  readonly attributes?: Readonly<Record<string, AttributeDefinition>> | undefined;
  readonly evaluators?: Readonly<Record<string, unknown>> | undefined;
}

/** Says in words who is served something else, for people; of what nobody notices nothing is said. */
export async function tellEffects(call: Call, all: readonly Served[]): Promise<void> {
  const output = outputOf(call);
  if (output !== 'table' && output !== 'wide') return;
  const style = styleOf(call);
  for (const { key, where, before, after, attributes, evaluators } of all) {
    const effect = effectOf(key, before, after, { attributes, evaluators });
    if (effect.identical) continue;
    const lines = formatEffect(effect).split('\n');
    const title = `${safe(key)}${where === undefined ? '' : ` in ${safe(where)}`}:`;
    await call.world.out(`${style.bold(title)}\n${lines.map((line) => `  ${safe(line)}\n`).join('')}`);
  }
}

/** The flags of a document by their keys, in whatever form it has them. */
export function flagsByKey(flags: unknown): ReadonlyMap<string, FlagDefinition> {
  if (flags instanceof Map) return flags as ReadonlyMap<string, FlagDefinition>;
  if (Array.isArray(flags)) {
    const keyed = flags.flatMap((flag: unknown) => {
      if (!isRecord(flag) || typeof flag.key !== 'string') return [];
      const { key, ...definition } = flag;
      return [[flag.key, definition as FlagDefinition] as const];
    });
    return new Map(keyed);
  }
  return new Map(isRecord(flags) ? (Object.entries(flags) as [string, FlagDefinition][]) : []);
}
