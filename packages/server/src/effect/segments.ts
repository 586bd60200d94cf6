/** Deeper than any definition that can be used. */
const MAX_DEPTH = 100;

/** The names of the segments that definitions or expressions ask for. Looks at anything, as it is not yet checked. */
export function segmentsIn(raw: unknown): ReadonlySet<string> {
  const names = new Set<string>();
  const seen = new Set<object>();
  const add = (value: unknown): void => {
    for (const name of Array.isArray(value) ? value : [value]) if (typeof name === 'string') names.add(name);
  };
  const look = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null || depth === 0 || seen.has(value)) return;
    seen.add(value);
    const record = value as Readonly<Record<string, unknown>>;
    if (record.operator === 'inSegment') add(record.values);
    if (Object.hasOwn(record, 'in_segment')) add(record.in_segment);
    for (const inner of Object.values(record)) look(inner, depth - 1);
  };
  look(raw, MAX_DEPTH);
  return names;
}
