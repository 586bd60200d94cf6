import { compile, evaluate, type FlagDocument, jsonEqual } from '@flagwright/core';
import { expect, it } from 'vitest';
import { randomOf, unitOf } from '../simulate/random.ts';
import { effectsBetween } from './effect-lines.ts';

type Pick = <Value>(...values: readonly Value[]) => Value;

/** A set of flags that depend on each other, and on words of the set. */
function documentOf(pick: Pick): FlagDocument {
  const clause = (): object =>
    pick<object>(
      { operator: 'inSegment', values: [pick('s', 't')] },
      { attribute: 'c', operator: 'eq', values: [pick('DE', 'FR')] },
      { attribute: 'v', operator: 'gte', values: ['2.5.0'] },
    );
  const ruled = (needs: readonly string[]): object => ({
    type: 'boolean',
    default: pick(true, false),
    ...(needs.length > 0 && pick(true, false)
      ? { prerequisites: [{ key: pick(...needs), variation: pick('on', 'off') }] }
      : {}),
    rules: [{ clauses: [clause()], variation: 'on', ...(pick(true, false) ? {} : { percentage: pick(20, 70) }) }],
  });
  const logical = (): object => ({
    variants: { on: true, off: false },
    defaultVariant: pick('on', 'off'),
    targeting: {
      if: [pick<object>({ $ref: 'e' }, { in_segment: ['s'] }, { '>=': [{ var: 'v' }, '2.5.0'] }), 'on', 'off'],
    },
  });
  return {
    flags: { a: ruled([]), b: ruled(['a']), c: ruled(['a', 'b']), d: logical(), e: logical() },
    segments: {
      s: { included: [pick('u1', 'u2')] },
      t: { rules: [{ clauses: [pick(clause(), { operator: 'inSegment', values: ['s'] })] }] },
    },
    $evaluators: { e: { '==': [{ var: 'c' }, pick('DE', 'FR')] } },
    attributes: { v: pick('string', 'version') },
    ...(pick(true, false, false) ? { overrides: { [pick('a', 'b', 'd')]: pick(true, false) } } : {}),
  } as FlagDocument;
}

const CONTEXTS = ['u1', 'u2', 'u3', 'u4', undefined].flatMap((targetingKey) =>
  ['DE', 'FR', undefined].flatMap((c) => ['10.0.0', '3.0.0', '1.0.0', undefined].map((v) => ({ targetingKey, c, v }))),
);

it.each(Array.from({ length: 60 }, (_, i) => i))(
  'is silent only where nobody is served something else (%i)',
  async (seed) => {
    const random = randomOf(`${seed}`);
    const any: Pick = (...values) => values[Math.floor(unitOf(random) * values.length)]!;
    const before = documentOf(any);
    const other = documentOf(any);
    // some parts of the other one, so that what is the same and what is not stand beside each other
    const after: Record<string, unknown> = { ...before };
    for (const name of ['segments', '$evaluators', 'attributes', 'overrides'] as const)
      if (any(true, false)) after[name] = other[name];
    const flags = { ...(before.flags as object) } as Record<string, unknown>;
    for (const key of Object.keys(flags))
      if (any(true, false, false)) flags[key] = (other.flags as Record<string, unknown>)[key];
    const [one, two] = [before, { ...after, flags } as FlagDocument].map((document) =>
      compile({ document, revision: '1' }),
    );
    const told = new Set<string>();
    for await (const { key, lines } of effectsBetween([one!, two!], undefined, 0)) {
      expect(lines.length).toBeGreaterThan(0);
      told.add(key);
    }
    const moved = [...one!.flags.keys()].filter((key) =>
      CONTEXTS.some((context) => {
        const [from, to] = [one!, two!].map((snapshot) => evaluate(snapshot, key, undefined, context, 0));
        return from!.errorCode !== to!.errorCode || !jsonEqual(from!.value ?? null, to!.value ?? null);
      }),
    );
    expect(moved.filter((key) => !told.has(key))).toEqual([]);
  },
);
