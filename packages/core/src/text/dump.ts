import { DUMP_SCHEMA, dump, realMapTag } from 'js-yaml';
import type { FlagDocument } from '../document.generated.ts';

/** Text that another YAML reader might take for something else (`on`, `1.10`, `2026-01-31`) is written in quotes. */
const SCHEMA = DUMP_SCHEMA.withTags(realMapTag);

/**
 * A document as YAML text, without anchors, in the order of its entries. `parseText` reads it back as it was, but for
 * what JSON has not: `undefined` is left out.
 */
export function documentToYaml(document: FlagDocument): string {
  const { flags } = document;
  // any ReadonlyMap will do for flags; js-yaml knows only Map
  const plain = flags !== undefined && isMap(flags) ? { ...document, flags: new Map(flags) } : document;
  return valueToYaml(plain);
}

/** Anything that is plain data as YAML text, in the hand of `documentToYaml`. */
export function valueToYaml(value: unknown): string {
  return dump(value, { schema: SCHEMA, noRefs: true, skipInvalid: true, lineWidth: 100 });
}

function isMap(
  flags: NonNullable<FlagDocument['flags']>,
): flags is Extract<typeof flags, ReadonlyMap<string, unknown>> {
  return (
    typeof (flags as ReadonlyMap<string, unknown>).get === 'function' &&
    Symbol.iterator in flags &&
    !Array.isArray(flags)
  );
}
