import type { Edit, FlagDefinition, FlagSet } from '@flagwright/core';

// The flags of the fault tests. A commit that was made in part, twice, or not at all is seen in them:
// every counter has a mirror that changes in the same commit, every added flag has a twin, and each writer has a mark
// that names its last commit.

/** How many counters the writers share. */
export const COUNTERS = 4;

export const counterKey = (counter: number): string => `counter-${counter}`;
export const mirrorKey = (counter: number): string => `mirror-${counter}`;
export const markKey = (writer: number): string => `mark-${writer}`;
export const addedKey = (writer: number, number: number): string => `added-${writer}-${number}`;
export const twinKey = (added: string): string => `${added}-twin`;

/** Changed by nobody; served by a rule to whoever has the plan `pro`. */
export const STEADY = 'steady';

/** Changed by single commits, to see that hints still come. */
export const POKE = 'poke';

/** A flag that serves a number to everybody. */
export function numberFlag(value: number, token = ''): FlagDefinition {
  return { type: 'integer', default: value, ...(token === '' ? {} : { metadata: { token } }) };
}

/** The flags before the first round. */
export function firstEdits(writers: number): readonly Edit[] {
  const keys = [...Array(COUNTERS).keys()].flatMap((i) => [counterKey(i), mirrorKey(i)]);
  const marks = [...Array(writers).keys()].map(markKey);
  const steady: FlagDefinition = {
    variants: [
      { name: 'plain', value: 'plain' },
      { name: 'special', value: 'special' },
    ],
    rules: [{ clauses: [{ attribute: 'plan', operator: 'eq', values: ['pro'] }], variation: 'special' }],
    fallthrough: 'plain',
  };
  return [
    { key: STEADY, next: steady },
    ...[POKE, ...keys].map((key) => ({ key, next: numberFlag(0) })),
    ...marks.map((key) => ({ key, next: numberFlag(0, 'none') })),
  ];
}

/** A definition of a set, whichever form its flags are in. */
export function definitionOf({ document }: FlagSet, key: string): FlagDefinition | undefined {
  const { flags = {} } = document;
  if (Array.isArray(flags)) throw new Error('expected flags as a map or a record');
  if (flags instanceof Map || typeof (flags as ReadonlyMap<string, FlagDefinition>).get === 'function') {
    return (flags as ReadonlyMap<string, FlagDefinition>).get(key);
  }
  const record = flags as Readonly<Record<string, FlagDefinition>>;
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** What a counter or an added flag serves. */
export function numberOf(definition: unknown): number {
  const value = (definition as FlagDefinition | undefined)?.default;
  if (typeof value !== 'number') throw new Error(`${JSON.stringify(definition)} is no flag of a number`);
  return value;
}

/** Text that is equal for equal definitions. */
export function textOf(definition: unknown): string {
  return JSON.stringify(definition, (_, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** Flags that lack their twin, or whose mirror shows another number; told as what is wrong. */
export function halves(definitions: ReadonlyMap<string, unknown>): readonly string[] {
  const wrong: string[] = [];
  for (const key of definitions.keys()) {
    if (!key.startsWith('added-')) continue;
    const other = key.endsWith('-twin') ? key.slice(0, -'-twin'.length) : twinKey(key);
    if (!definitions.has(other)) wrong.push(`there is ${key} without ${other}`);
  }
  for (let i = 0; i < COUNTERS; i++) {
    const [counter, mirror] = [numberOf(definitions.get(counterKey(i))), numberOf(definitions.get(mirrorKey(i)))];
    if (counter !== mirror) wrong.push(`${counterKey(i)} is ${counter}, and its mirror ${mirror}`);
  }
  return wrong;
}
