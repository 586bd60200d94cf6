import { expect, it } from 'vitest';
import { ran } from '../../test/world.ts';
import type { World } from '../world.ts';
import { readingOnce } from './reading-once.ts';

const FLAGS = 'flags: {a: {variants: {on: true, off: false}, defaultVariant: on}}\n';

it.each<[args: string[], who: string]>([
  [['exec', 'ff', 'a', '-f', '-', '--context', '-'], '-f and --context ask for it'],
  [['exec', 'ff', 'a', '-f', '-', '--eval-context', '@-'], '-f and --eval-context ask for it'],
  [['diff', '-f', '-', '--with', '-'], '-f and --with ask for it'],
  [['validate', '-', '-f', '-'], 'the file and -f ask for it'],
  [['lint', '-f', '-', '-f', '-', '--sarif', '-'], '-f asks for it twice'],
])('%j', async (args, who) => {
  expect(await ran(args, { stdin: FLAGS })).toMatchObject({
    code: 2,
    out: '',
    err: expect.stringContaining(`the standard input can be read once: ${who}`),
  });
});

it('once it is read as it is, and nothing else of the world is touched', async () => {
  let looked = 0;
  const world = {
    env: {},
    get home() {
      looked++;
      return '/home';
    },
    input: async () => 'x',
    async *stream() {
      yield 'y';
    },
  } as unknown as World;
  const once = readingOnce(world, () => []);
  expect(looked).toBe(0);
  expect(await once.input()).toBe('x');
  expect(() => once.stream!(new AbortController().signal)).toThrow('can be read once');
  expect({ ...once }).toMatchObject({ env: {}, home: '/home' });
});
