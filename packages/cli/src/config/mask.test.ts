import { expect, it } from 'vitest';
import { withoutPassword } from './mask.ts';

it.each([
  ['https://ann:secret@h/base', 'https://***@h/base'],
  ['http://h/base?x=secret', 'http://h/base?***'],
  ['http://h/base?', 'http://h/base?'],
  ['https://flags.example.com:8443', 'https://flags.example.com:8443'],
])('of the address %s is shown %s', (address, shown) => {
  expect(withoutPassword(address)).toBe(shown);
});
