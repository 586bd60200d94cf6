import { expect, it } from 'vitest';
import { checkNumbers } from './exact-numbers.ts';

it.each([
  ['{"a":1e400}', '1e400, which is too large for a number'],
  ['[-1e999]', '-1e999, which is too large for a number'],
  ['{"a":0.1e-400}', '0.1e-400, which is too small for a number'],
  ['{"a":9007199254740993}', '9007199254740993, which would become 9007199254740992: a number has about 16 digits'],
  [`[${'1'.repeat(60)}]`, `${'1'.repeat(39)}…, which would become 1.1111111111111112e+59`],
])('%s would become something else', (text, message) => {
  expect(() => checkNumbers(text, '--variants')).toThrow(`--variants has ${message}`);
});

it.each([
  '{"a":1e3,"b":0.1,"c":-0,"d":0e-999,"e":9007199254740992,"f":-9007199254740991}',
  '{"a":"1e400","\\"1e400":"\\\\","b":"9007199254740993"}',
  '0.1000000000000000055',
])('%s is what it says', (text) => {
  expect(() => checkNumbers(text, '--variants')).not.toThrow();
});
