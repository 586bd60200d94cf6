import { setImmediate as soon } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { turns } from './turns.ts';

/** Turns that write down who was let in. */
function observed(most: number) {
  const { enter } = turns(most);
  const inside: string[] = [];
  return {
    inside,
    async come(kind: string, name = kind): Promise<() => void> {
      const leave = await enter(kind);
      inside.push(name);
      return leave;
    },
  };
}

it('lets in one of each kind, in the order in which they come', async () => {
  const { inside, come } = observed(5);
  const first = come('a', 'a1');
  void come('a', 'a2').then((leave) => leave());
  void come('a', 'a3');
  void come('b');
  await soon();
  expect(inside).toEqual(['a1', 'b']);
  (await first)();
  await soon();
  expect(inside).toEqual(['a1', 'b', 'a2', 'a3']);
});

it('lets in a few at a time', async () => {
  const { inside, come } = observed(2);
  const first = come('a');
  for (const kind of ['b', 'c', 'd']) void come(kind);
  await soon();
  expect(inside).toEqual(['a', 'b']);
  const leave = await first;
  leave();
  leave();
  await soon();
  expect(inside).toEqual(['a', 'b', 'c']);
});
