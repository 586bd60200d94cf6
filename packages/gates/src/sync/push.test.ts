import { type Edit, FlagError } from '@flagwright/core';
import { expect, it } from 'vitest';
import { pushAll } from './push.ts';

const push = (name: string) => ({ name, edit: { key: `feature.${name}`, next: null } });
const names = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `g${i}`);

/** A store in which some gates make a commit fail; it tells how many edits came together. */
function storeOf(errors: Readonly<Record<string, FlagError>>) {
  const sizes: number[] = [];
  const commit = async (edits: readonly Edit[]): Promise<void> => {
    sizes.push(edits.length);
    for (const { key } of edits) {
      const error = errors[key.slice('feature.'.length)];
      if (error !== undefined) throw error;
    }
  };
  return { sizes, commit };
}

it('all go together, five thousand at a time', async () => {
  const { sizes, commit } = storeOf({});
  const outcomes = await pushAll(commit, names(12_000).map(push));
  expect(sizes).toEqual([5_000, 5_000, 2_000]);
  expect(new Set(outcomes.values())).toEqual(new Set(['landed']));
  expect(outcomes.size).toBe(12_000);
});

it.each(['CONFLICT', 'INVALID_ARGUMENT', 'TOO_LARGE'] as const)('%s of one does not stop the others', async (code) => {
  const error = new FlagError(code, 'no');
  const { sizes, commit } = storeOf({ b: error });
  const outcomes = await pushAll(commit, ['a', 'b', 'c'].map(push));
  expect(Object.fromEntries(outcomes)).toEqual({ a: 'landed', b: error, c: 'landed' });
  expect(sizes).toEqual([3, 1, 1, 1]);
});

it.each(['UNAVAILABLE', 'UNKNOWN', 'UNAUTHORIZED', 'MANAGED'] as const)(
  'after %s nothing more is asked',
  async (code) => {
    const error = new FlagError(code, 'no');
    const { sizes, commit } = storeOf({ g5020: error });
    const outcomes = await pushAll(commit, names(12_000).map(push));
    expect(sizes).toEqual([5_000, 5_000]);
    expect(outcomes.get('g0')).toBe('landed');
    expect(outcomes.get('g5000')).toBe(error);
    expect(outcomes.get('g11999')).toBe(error);
  },
);

it('nor among the ones that go one by one', async () => {
  const [conflict, away] = [new FlagError('CONFLICT', 'no'), new FlagError('UNAVAILABLE', 'no')];
  let conflicts = 1;
  const { sizes, commit } = storeOf({ b: away });
  const outcomes = await pushAll(
    (edits) => (conflicts-- > 0 ? Promise.reject(conflict) : commit(edits)),
    ['a', 'b', 'c'].map(push),
  );
  expect(Object.fromEntries(outcomes)).toEqual({ a: 'landed', b: away, c: away });
  expect(sizes).toEqual([1, 1]);
});

it('nothing is no commit', async () => {
  const { sizes, commit } = storeOf({});
  expect(await pushAll(commit, [])).toEqual(new Map());
  expect(sizes).toEqual([]);
});
