import { expect, it } from 'vitest';
import { ran } from '../../test/world.ts';
import { jsonLine, jsonText } from './json.ts';
import { shellWord } from './shell-word.ts';
import { styleOf } from './style.ts';

it.each(['\u009b31m', '\u0080', '\u007f', '\u202e', '\u2066', '\u061c', '\u001b[0m'])(
  '%j is escaped, and the same',
  (text) => {
    const value = { [`k${text}`]: [`a${text}é"\n`] };
    for (const json of [jsonText(value), jsonLine(value)]) {
      expect(JSON.parse(json)).toEqual(value);
      expect(json).not.toContain(text);
      expect(json).toContain('é');
    }
  },
);

it('an error in JSON is safe for a terminal', async () => {
  const { err } = await ran(['get', '-o', 'json', '\u009b31m']);
  expect(JSON.parse(err).error.message).toContain('\u009b');
  expect(err).not.toContain('\u009b');
});

it.each([
  ['new-checkout', 'new-checkout'],
  ['a b/c', '"a b/c"'],
  ['', '""'],
  ["it's", '"it\'s"'],
  ['a$b', "'a$b'"],
  ["`it's`", "'`it'\\''s`'"],
  ['a;b', '"a;b"'],
])('%j is the word %s for a shell', (text, word) => {
  expect(shellWord(text)).toBe(word);
});

it.each<[env: Record<string, string>, terminal: boolean, coloured: boolean]>([
  [{}, true, true],
  [{}, false, false],
  [{ FORCE_COLOR: '0' }, true, false],
  [{ FORCE_COLOR: 'false' }, true, false],
  [{ FORCE_COLOR: '1' }, false, true],
  [{ FORCE_COLOR: '' }, true, true],
  [{ FORCE_COLOR: '1', NO_COLOR: '1' }, true, false],
])('with %j, on a terminal: %j, there are colours: %j', (env, out, coloured) => {
  const world = { env, terminal: { out } } as never;
  expect(styleOf({ world, has: () => false }).coloured).toBe(coloured);
});
