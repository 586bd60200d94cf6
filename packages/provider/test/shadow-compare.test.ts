import type { FlagDocument, ResolutionDetails } from '@flagwright/core';
import { compile, evaluate } from '@flagwright/core';
import { expect, it } from 'vitest';
import { type Difference, differencesOf, type Facet } from '../src/shadow/compare.ts';
import { gaps } from '../src/shadow/sampler.ts';
import { answer } from './shadow-support.ts';

const ALL: ReadonlySet<Facet> = new Set(['value', 'variant', 'reason']);

const differ = (primary: ResolutionDetails, candidate: ResolutionDetails, facets = ALL): readonly Difference[] =>
  differencesOf(primary, candidate, facets);

const document: FlagDocument = {
  flags: {
    color: {
      type: 'string',
      variants: { red: 'r', green: 'g' },
      defaultVariant: 'green',
      rules: [{ clauses: [{ attribute: 'plan', operator: 'in', values: ['pro'] }], variation: 'red' }],
    },
    percent: {
      type: 'string',
      variants: [
        { name: 'red', value: 'r', weight: 0 },
        { name: 'green', value: 'g', weight: 1 },
      ],
      defaultVariant: 'red',
    },
  },
};
const snapshot = compile({ document, revision: 'a.1' });
const ours = (key: string, plan: string): ResolutionDetails =>
  evaluate(snapshot, key, 'string', { plan, targetingKey: 'u' }).details;

it('the flags of this test are as they are meant', () => {
  expect(ours('color', 'free')).toMatchObject({ value: 'g', variant: 'green', reason: 'DEFAULT' });
  expect(ours('color', 'pro')).toMatchObject({ value: 'r', variant: 'red', reason: 'TARGETING_MATCH' });
  expect(ours('percent', 'free')).toMatchObject({ value: 'g', variant: 'green', reason: 'SPLIT' });
});

it.each<[string, unknown, unknown, boolean]>([
  ['the same', 'a', 'a', true],
  ['another', 'a', 'b', false],
  ['another type', 1, '1', false],
  ['the order of keys', { a: 1, b: { c: [1] } }, { b: { c: [1] }, a: 1 }, true],
  ['deep inside', { a: [{ b: 1 }] }, { a: [{ b: 2 }] }, false],
  ['more keys', { a: 1 }, { a: 1, b: 2 }, false],
  ['a list in another order', [1, 2], [2, 1], false],
  ['null and nothing', null, undefined, false],
  ['false and null', false, null, false],
])('values: %s', (_what, one, other, same) => {
  expect(differ(answer(one as never), answer(other as never))).toEqual(same ? [] : ['value']);
});

it.each<[string, Partial<ResolutionDetails>, Partial<ResolutionDetails>, boolean]>([
  ['equal names', { variant: 'on' }, { variant: 'on' }, true],
  ['other names', { variant: 'on' }, { variant: 'off' }, false],
  ['a name and none', { variant: 'on' }, {}, false],
  ['none to compare with', {}, { variant: 'on' }, true],
  ['positions as text', { variant: '1' }, { variant: '1' }, true],
  ['other positions as text', { variant: '1' }, { variant: '0' }, false],
  ['a position and a name', { variant: '1' }, { variant: 'green', flagMetadata: { variationIndex: 1 } }, true],
  ['another position', { variant: '0' }, { variant: 'green', flagMetadata: { variationIndex: 1 } }, false],
  ['a name without its position', { variant: '0' }, { variant: 'green' }, false],
  ['a value that is no variant', { variant: '0' }, { flagMetadata: { variationIndex: -1 } }, false],
  ['a position without a name', { variant: 'a', flagMetadata: { variationIndex: 2 } }, { variant: '2' }, true],
  [
    'other names at one position',
    { variant: 'a', flagMetadata: { variationIndex: 0 } },
    { variant: 'b', flagMetadata: { variationIndex: 0 } },
    false,
  ],
])('variants: %s', (_what, one, other, same) => {
  expect(differ(answer(true, one), answer(true, other))).toEqual(same ? [] : ['variant']);
});

it('the position of our own variants is known without metadata', () => {
  const theirs = answer('g', { variant: '1', reason: 'FALLTHROUGH' });
  expect(differ(theirs, ours('color', 'free'))).toEqual([]);
  expect(differ({ ...theirs, variant: '0' }, ours('color', 'free'))).toEqual(['variant']);
});

const words = {
  default: ['STATIC', 'DEFAULT', 'FALLTHROUGH'],
  targeted: ['TARGETING_MATCH', 'TARGET_MATCH', 'RULE_MATCH'],
  off: ['DISABLED', 'OFF', 'PREREQUISITE_FAILED'],
};

it('reasons count by their class', () => {
  for (const [one, mine] of Object.entries(words)) {
    for (const [other, theirs] of Object.entries(words)) {
      for (const a of mine) {
        for (const b of theirs) {
          const found = differ(answer(true, { reason: a }), answer(true, { reason: b }));
          expect(found, `${a} and ${b}`).toEqual(one === other ? [] : ['reason']);
        }
      }
    }
  }
});

it('reasons that do not tell what decided never count', () => {
  for (const untold of ['CACHED', 'STALE', 'UNKNOWN', 'some word of a vendor', undefined as never]) {
    for (const told of Object.values(words).flat()) {
      expect(differ(answer(true, { reason: untold }), answer(true, { reason: told }))).toEqual([]);
      expect(differ(answer(true, { reason: told }), answer(true, { reason: untold }))).toEqual([]);
    }
  }
});

it("a split may stand below all rules or in one, but our own evaluator's word is clearer", () => {
  const split = answer('g', { reason: 'SPLIT' });
  for (const word of [...words.default, ...words.targeted, 'SPLIT']) {
    expect(differ(split, answer('g', { reason: word }))).toEqual([]);
    expect(differ(answer('g', { reason: word }), split)).toEqual([]);
  }
  expect(differ(split, answer('g', { reason: 'OFF' }))).toEqual(['reason']);
  expect(differ(answer('g', { reason: 'FALLTHROUGH' }), ours('percent', 'free'))).toEqual([]);
  expect(differ(answer('g', { reason: 'RULE_MATCH' }), ours('percent', 'free'))).toEqual(['reason']);
});

it('errors: only of the candidate, other codes, the same', () => {
  const error = (errorCode: 'GENERAL' | 'FLAG_NOT_FOUND') => answer(false, { reason: 'ERROR', errorCode });
  expect(differ(answer(true, { variant: 'on' }), error('GENERAL'))).toEqual(['error']);
  expect(differ(answer(true), error('GENERAL'), new Set(['value']))).toEqual(['error']);
  expect(differ(error('GENERAL'), error('GENERAL'))).toEqual([]);
  expect(differ(error('GENERAL'), error('FLAG_NOT_FOUND'))).toEqual(['reason']);
  expect(differ(error('FLAG_NOT_FOUND'), answer(true))).toEqual(['value', 'reason']);
});

it('only what is asked for is compared', () => {
  const [one, other] = [answer(true, { variant: 'on' }), answer(false, { variant: 'off', reason: 'DISABLED' })];
  expect(differ(one, other)).toEqual(['value', 'variant', 'reason']);
  expect(differ(one, other, new Set(['value']))).toEqual(['value']);
  expect(differ(one, other, new Set(['value', 'reason']))).toEqual(['value', 'reason']);
});

/** Numbers from 0 to 1 in an order that is always the same. */
function numbers(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

it.each([0.001, 0.01, 0.25, 0.5, 0.99])('a sample of %d is one, and every evaluation is in it as likely', (sample) => {
  const gap = gaps(sample, numbers());
  const total = 400_000;
  let taken = 0;
  let neighbours = 0;
  for (let at = gap(); at < total; ) {
    taken++;
    const pause = gap();
    if (pause === 0) neighbours++;
    at += pause + 1;
  }
  const near = (n: number, p: number): number => 5 * Math.sqrt(n * p * (1 - p));
  expect(Math.abs(taken - total * sample)).toBeLessThan(near(total, sample));
  expect(Math.abs(neighbours - taken * sample)).toBeLessThan(near(taken, sample) + 1);
});

it('samples of nothing and of everything; odd random numbers harm nothing', () => {
  expect(gaps(1, Math.random)()).toBe(0);
  expect(gaps(0, Math.random)()).toBe(2 ** 30 - 1);
  expect(gaps(1e-15, () => 0.5)()).toBe(2 ** 30 - 1);
  for (const odd of [0, 1, 2, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    const gap = gaps(0.5, () => odd)();
    expect(Number.isSafeInteger(gap)).toBe(true);
  }
});
