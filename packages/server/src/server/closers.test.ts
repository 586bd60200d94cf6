import { expect, it } from 'vitest';
import { closers } from './closers.ts';

it('the last part is closed first, and none holds up the others', async () => {
  const closed: string[] = [];
  const parts = closers();
  parts.add(() => void closed.push('first'));
  parts.add(() => new Promise(() => undefined));
  parts.add(async () => {
    closed.push('broken');
    throw new Error('no');
  });
  parts.add(() => {
    throw new Error('no');
  });
  parts.add((left) => void closed.push(left > 0 ? 'last' : 'too late'));
  await parts.close(100);
  expect(closed).toEqual(['last', 'broken', 'first']);
  await parts.close(100);
  expect(closed).toHaveLength(3);
});
