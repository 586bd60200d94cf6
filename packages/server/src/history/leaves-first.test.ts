import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leavesFirst } from './leaves-first.ts';

const node = (id: string, ...requires: readonly string[]) => ({ id, requires });
const ids = (nodes: readonly { readonly id: string }[]): string => nodes.map(({ id }) => id).join('');

describe('what requires others', () => {
  it.each([
    ['none', [node('a'), node('b')], 'ab'],
    ['one', [node('a', 'b'), node('b')], 'ba'],
    ['a chain', [node('a', 'b'), node('b', 'c'), node('c')], 'cba'],
    ['a diamond', [node('a', 'b', 'c'), node('b', 'd'), node('c', 'd'), node('d')], 'dbca'],
    ['what is not there', [node('a', 'x'), node('b')], 'ab'],
    ['one twice', [node('a', 'b', 'b'), node('b')], 'ba'],
    ['a cycle', [node('a', 'b'), node('b', 'a'), node('c', 'a'), node('d')], 'dabc'],
    ['itself', [node('a', 'a'), node('b')], 'ba'],
  ])('comes after it: %s', (_what, nodes, order) => {
    expect(ids(leavesFirst(nodes))).toBe(order);
  });

  it('comes after all of it, however much there is', () => {
    const graph = fc
      .array(fc.array(fc.nat(40), { maxLength: 4 }), { maxLength: 40 })
      // edges lead to smaller numbers only, so there are no cycles
      .map((edges) => edges.map((to, i) => node(String(i), ...to.filter((n) => n < i).map(String))))
      .chain((nodes) => fc.shuffledSubarray(nodes, { minLength: nodes.length }));
    fc.assert(
      fc.property(graph, (nodes) => {
        const order = leavesFirst(nodes);
        expect(new Set(order)).toEqual(new Set(nodes));
        expect(order).toHaveLength(nodes.length);
        const place = new Map(order.map(({ id }, i) => [id, i]));
        for (const { id, requires } of order) {
          for (const one of requires) if (place.has(one)) expect(place.get(one)!).toBeLessThan(place.get(id)!);
        }
      }),
    );
  });
});
