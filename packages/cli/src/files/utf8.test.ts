import { expect, it } from 'vitest';
import { textOf } from './utf8.ts';

it('text is without a mark of its order', () => {
  expect(textOf(Buffer.from('\ufeffä\n€'), 'f')).toBe('ä\n€');
});

it.each([
  ['the first byte', [0xff], 1, 1],
  ['a later line', [0x61, 0x0a, 0xc3, 0xa4, 0x0a, 0xe2, 0x82, 0xac, 0xe9, 0x0a, 0x61], 3, 2],
  ['half a character at the end', [0x61, 0x0a, 0x61, 0xc3], 2, 2],
  ['a half in each of two lines', [0x61, 0xc3, 0x0a, 0xa4], 1, 2],
  ['UTF-16', [0xff, 0xfe, 0x61, 0x00, 0x0a, 0x00], 1, 1],
])('what is not UTF-8 is told with its place: %s', (_, bytes, line, column) => {
  let thrown: unknown;
  try {
    textOf(Uint8Array.from(bytes), 'f');
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({
    exit: 7,
    message: 'f is not UTF-8',
    hints: [`Save it as UTF-8: what is not stands in line ${line}, column ${column}`],
    more: { place: { file: 'f', line, column } },
  });
});
