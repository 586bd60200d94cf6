import { describe, expect, it } from 'vitest';
import { Problem } from '../http/problem.ts';
import { pageOf } from './page.ts';

describe('pageOf', () => {
  it.each([
    [{}, { page: 1, pageSize: 100, limit: 100, offset: 0 }],
    [{ page: 3 }, { page: 3, pageSize: 100, limit: 100, offset: 200 }],
    [{ pageSize: 1 }, { page: 1, pageSize: 1, limit: 1, offset: 0 }],
    [
      { page: 2, pageSize: 1_000 },
      { page: 2, pageSize: 1_000, limit: 1_000, offset: 1_000 },
    ],
    [
      { page: undefined, pageSize: undefined },
      { page: 1, pageSize: 100, limit: 100, offset: 0 },
    ],
  ])('makes of %j: %j', (query, page) => {
    expect(pageOf(query)).toEqual(page);
  });

  it('has whole offsets up to the last page', () => {
    const { offset } = pageOf({ page: 9_007_199_254_740, pageSize: 1_000 });
    expect(Number.isSafeInteger(offset)).toBe(true);
    expect(() => pageOf({ page: 9_007_199_254_741 })).toThrow(Problem);
  });

  it.each([
    [{ page: 0 }, 'page is 0; expected a whole number from 1', 'the first page is 1'],
    [{ page: -1 }, 'page is -1', 'the first page is 1'],
    [{ page: 1.5 }, 'page is 1.5', ''],
    [{ page: Number.NaN }, 'page is NaN', ''],
    [{ page: Number.POSITIVE_INFINITY }, 'page is Infinity', ''],
    [{ pageSize: 0 }, 'pageSize is 0; expected a whole number from 1 to 1000', ''],
    [{ pageSize: 1_001 }, 'pageSize is 1001; expected a whole number from 1 to 1000', 'several pages'],
  ])('refuses %j', (query, message, hint) => {
    try {
      pageOf(query);
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(Problem);
      const problem = thrown as Problem;
      expect(problem.code).toBe('INVALID_ARGUMENT');
      expect(problem.message).toContain(message);
      expect(problem.hint).toContain(hint);
      return;
    }
    throw new Error('it is taken');
  });
});
