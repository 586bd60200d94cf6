import type { JsonValue } from '@flagwright/core';
import { describe, expect, it } from 'vitest';
import { type Details, type Fault, failedBy, METADATA } from '../test/mutant.ts';
import { CONTRACT_FLAGS } from './resolver-fixture.ts';

const BEFORE = 'answers the fallback with PROVIDER_NOT_READY before it is started';
const SERVES = 'serves every flag in its type, with a reason';
const MISSING = 'answers FLAG_NOT_FOUND with the fallback for a flag that is not there';
const TYPES = 'answers TYPE_MISMATCH with the fallback where another type is asked for';
const OFF = 'answers a flag that is off with DISABLED, and no error';
const LEAKS = 'gives nothing away that a caller could change';
const CONTEXTS = 'answers whatever the context holds, and leaves it as it was';
const MANY = 'serves the same to many at once';
const OWN = 'gives each of many at once their own fallback';
const TRACKS = 'takes tracked events at any time';
const LISTS = 'lists every flag with what it serves';

const good = ({ errorCode }: Details): boolean => errorCode === undefined;
const fail = (): never => {
  throw new Error('a fault');
};

/** Changes errors only. */
const errors = (change: (answer: Details) => unknown): NonNullable<Fault['answer']> => {
  return (answer) => (good(answer) ? answer : change(answer));
};

/** Answers that are the same object for every caller. */
function shareAnswers(): NonNullable<Fault['answer']> {
  const shared = new Map<string, Details>();
  return (answer, { type, key }) => {
    const id = `${type} ${key}`;
    if (good(answer) && !shared.has(id)) shared.set(id, { ...answer });
    return shared.get(id) ?? answer;
  };
}

/** Objects that are the same for every caller. */
function shareValues(): NonNullable<Fault['answer']> {
  const value = structuredClone(CONTRACT_FLAGS['contract-object']!);
  return (answer, { key }) =>
    good(answer) && key === 'contract-object' ? Object.freeze({ ...answer, value }) : answer;
}

/** Everybody gets the answer to whoever asked last. */
function mixUp(): NonNullable<Fault['answer']> {
  let last: Details;
  return async (answer) => {
    last = answer;
    await undefined;
    return last;
  };
}

/** Everybody gets the fallback of whoever asked last, where there is nothing else. */
function mixFallbacks(): NonNullable<Fault['answer']> {
  let last: JsonValue;
  return async (answer, { fallback }) => {
    if (answer.value !== fallback) return answer;
    last = fallback;
    await undefined;
    return { ...answer, value: last };
  };
}

/** Copies all there is in a context, by recursion. */
function copyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const properties = Object.entries(Object.getOwnPropertyDescriptors(value));
  return properties.map(([name, property]) => [name, 'value' in property && copyOf(property.value)]);
}

/** Copies a context as far as it goes round. */
function copyOnce(value: unknown, seen: ReadonlySet<unknown> = new Set()): unknown {
  if (typeof value !== 'object' || value === null || seen.has(value)) return value;
  const within = new Set(seen).add(value);
  const properties = Object.entries(Object.getOwnPropertyDescriptors(value));
  return properties.map(([name, property]) => [name, 'value' in property && copyOnce(property.value, within)]);
}

/** Lists something else. */
function lists(change: (entries: [string, Details][]) => [string, Details][]): Fault {
  return {
    resolver: ({ all }) => ({
      all: async (context) => new Map(change([...((await all(context)) as ReadonlyMap<string, Details>)])),
    }),
  };
}

describe('the contract', () => {
  it.each<[string, Fault, string]>([
    ['is named by its address', { resolver: () => ({ name: 'redis://u@host' }) }, 'has a name that is no address'],
    [
      'does not say that it is not ready',
      { answer: errors((answer) => ({ ...answer, errorCode: 'GENERAL' })) },
      BEFORE,
    ],
    ['has the fallback for 0', { answer: (a, { fallback }) => ({ ...a, value: a.value || fallback }) }, SERVES],
    ['gives no reason', { answer: ({ reason, ...answer }) => answer }, SERVES],
    ['says ERROR of a good answer', { answer: (answer) => ({ ...answer, reason: 'ERROR' }) }, SERVES],
    ['has no metadata', { answer: ({ flagMetadata, ...answer }) => answer }, SERVES],
    ['nests metadata', { answer: (a) => ({ ...a, flagMetadata: Object.freeze({ rule: { id: 1 } }) }) }, SERVES],
    ['does not freeze metadata', { answer: (answer) => ({ ...answer, flagMetadata: {} }) }, SERVES],
    ['has no metadata with errors', { answer: errors(({ flagMetadata, ...answer }) => answer) }, MISSING],
    ['gives errors a variant', { answer: errors((answer) => ({ ...answer, variant: 'off' })) }, MISSING],
    [
      'copies the fallback',
      { answer: errors((answer) => ({ ...answer, value: structuredClone(answer.value) })) },
      MISSING,
    ],
    ['finds members of Object', { lookUp: (flags, key) => Reflect.get(Object.fromEntries(flags), key) }, MISSING],
    ['folds case', { lookUp: (flags, key) => flags.get(key.toLowerCase()) }, MISSING],
    ['does not check types', { trusting: true }, TYPES],
    [
      'makes a text of everything',
      {
        answer: (answer, { type }) =>
          answer.errorCode === 'TYPE_MISMATCH' && type === 'string'
            ? { value: 'text', reason: 'STATIC', flagMetadata: METADATA }
            : answer,
      },
      TYPES,
    ],
    [
      'takes off for an error',
      { answer: (a) => (a.reason === 'DISABLED' ? { ...a, reason: 'ERROR', errorCode: 'GENERAL' } : a) },
      OFF,
    ],
    ['does not say what is off', { answer: (a) => (good(a) ? { ...a, reason: 'STATIC' } : a) }, OFF],
    ['shares its answers', { answer: shareAnswers() }, LEAKS],
    ['shares its values', { answer: shareValues() }, LEAKS],
    ['throws without a targetingKey', { answer: (a, { context }) => (context.targetingKey ? a : fail()) }, CONTEXTS],
    [
      'rejects at an odd targetingKey',
      { answer: async (a, { context }) => (typeof context.targetingKey === 'number' ? fail() : a) },
      CONTEXTS,
    ],
    ['reads all of the context', { answer: (a, { context }) => JSON.stringify(context) && a }, CONTEXTS],
    [
      'writes into the context',
      { answer: (a, { context }) => (Reflect.set(context, 'kind', 'user') ? a : { ...a }) },
      CONTEXTS,
    ],
    ['goes round in a cycle of the context', { answer: (a, { context }) => copyOf(context) && a }, CONTEXTS],
    ['goes down the context by recursion', { answer: (a, { context }) => copyOnce(context) && a }, CONTEXTS],
    ['mixes up those who ask at once', { answer: mixUp() }, MANY],
    ['mixes up the fallbacks of those who ask at once', { answer: mixFallbacks() }, OWN],
    ['throws at tracked events', { resolver: () => ({ track: fail }) }, TRACKS],
    ['tracks by a promise', { resolver: () => ({ track: async () => undefined }) }, TRACKS],
    [
      'lists nothing before its start, and does not say why',
      { resolver: ({ all, keys }) => ({ all: (context) => (keys() === undefined ? new Map() : all(context)) }) },
      'lists nothing before it is started, and says so',
    ],
    [
      'names nothing before its start, and does not say why',
      { resolver: ({ keys }) => ({ keys: () => keys() ?? [] }) },
      'lists nothing before it is started, and says so',
    ],
    ['lists without what is off', lists((entries) => entries.filter(([key]) => key !== 'contract-off')), LISTS],
    ['lists other values', lists((entries) => entries.map(([key, a]) => [key, { ...a, value: true }])), LISTS],
    ['lists what is not there', lists((entries) => [...entries, ['contract-missing', entries[0]![1]]]), LISTS],
    [
      'lists what can be changed',
      {
        resolver: ({ all }) => {
          const list = new Map<string, Details>();
          return {
            all: async (context) => {
              if (list.size > 0 || seen.has(list)) return list;
              for (const [key, answer] of await all(context)) list.set(key, answer as Details);
              seen.add(list);
              return list;
            },
          };
        },
      },
      LISTS,
    ],
    [
      'does not know its flags, though it lists them',
      { resolver: () => ({ keys: () => undefined }) },
      'names every flag',
    ],
    ['names too few', { resolver: ({ keys }) => ({ keys: () => keys()?.slice(1) }) }, 'names every flag'],
    [
      'names what can be changed',
      {
        resolver: ({ keys }) => {
          let names: readonly string[] | undefined;
          return {
            keys: () => {
              names ??= keys();
              return names;
            },
          };
        },
      },
      'names every flag',
    ],
  ])('catches a resolver that %s', async (_, fault, test) => {
    expect(await failedBy(fault, [test])).toEqual([test]);
  });
});

/** Lists that were given away. */
const seen = new WeakSet<ReadonlyMap<string, JsonValue | Details>>();
