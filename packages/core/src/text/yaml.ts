import type { Event } from 'js-yaml';
import { CORE_SCHEMA, constructFromEvents, defineMappingTag, EVENT_ID, mapTag, parseEvents } from 'js-yaml';
import type { Fault } from './fault.ts';
import type { Position } from './position.ts';
import { inspectAliases } from './yaml-aliases.ts';
import { explain, NOT_TEXT } from './yaml-faults.ts';
import { buildPositions, offsetOf } from './yaml-positions.ts';

/** A key as text: true, false and whole numbers are the names they are written as. Other keys are not. */
function keyText(key: unknown): string | undefined {
  if (typeof key === 'string') return key;
  return typeof key === 'boolean' || Number.isSafeInteger(key) ? String(key) : undefined;
}

/** YAML 1.2 core, so that `on`, `off`, `yes`, `no` and dates stay text, with maps that refuse keys that are no text. */
const SCHEMA = CORE_SCHEMA.withTags(
  defineMappingTag('tag:yaml.org,2002:map', {
    ...mapTag,
    addPair(map: Record<string, unknown>, key, value) {
      const name = keyText(key);
      return name === undefined ? NOT_TEXT : mapTag.addPair(map, name, value);
    },
    has: (map: Record<string, unknown>, key) => mapTag.has(map, keyText(key)),
    identify: () => false,
  }),
);

/** What a YAML text holds. */
export interface YamlResult {
  /** The one document; undefined if there is none, or it is null. */
  readonly document: unknown;
  /** Errors: with one of these there is no document. */
  readonly faults: readonly Fault[];
  readonly warnings: readonly Fault[];
}

/** Reads a YAML text of at most one document that is not null. */
export function readYaml(text: string, maxDepth: number): YamlResult {
  let events: Event[] = [];
  try {
    // one more for the scalars in the innermost collection
    events = parseEvents(text, { maxDepth: maxDepth + 1 });
    const over = inspectAliases(text, events, maxDepth);
    if (over !== undefined) return failure([over]);
    const documents = constructFromEvents(events, { source: text, schema: SCHEMA });
    const present = documents.filter((document) => document !== null && document !== undefined);
    if (present.length > 1) {
      const second = starts(events)[documents.indexOf(present[1])] ?? 0;
      return failure([
        {
          offset: second,
          code: 'several-documents',
          message: 'a second document in one text',
          expected: 'one document',
          hint: 'merge the two and remove the line "---", or use one file for each',
        },
      ]);
    }
    return { document: present[0], faults: [], warnings: text.includes('<<') ? mergeKeys(text, events) : [] };
  } catch (error) {
    return failure(explain(error, text, events, maxDepth));
  }
}

/** The positions of the values of a YAML text that `readYaml` has read. */
export function yamlPositions(text: string, maxDepth: number): Position | undefined {
  return buildPositions(text, parseEvents(text, { maxDepth: maxDepth + 1 })).root;
}

const failure = (faults: readonly Fault[]): YamlResult => ({ document: undefined, faults, warnings: [] });

/** Where each document starts. */
function starts(events: readonly Event[]): readonly number[] {
  const offsets: number[] = [];
  events.forEach((event, i) => {
    if (event.type === EVENT_ID.DOCUMENT) offsets.push(offsetOf(events[i + 1]));
  });
  return offsets;
}

function mergeKeys(text: string, events: readonly Event[]): readonly Fault[] {
  return buildPositions(text, events).merges.map((offset) => ({
    offset,
    code: 'merge-key',
    message: 'the merge key "<<" of YAML 1.1 is an ordinary key in YAML 1.2: nothing is merged',
    hint: 'repeat the entries, or use an alias for a whole value',
  }));
}
