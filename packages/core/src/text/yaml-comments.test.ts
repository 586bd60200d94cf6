import fc from 'fast-check';
import { CORE_SCHEMA, loadAll } from 'js-yaml';
import { expect, it } from 'vitest';
import { yamlComments } from './index.ts';

it.each<[name: string, text: string, comments: readonly string[]]>([
  ['lines, and what stands behind a value', '# a\nx: 1 # b\n  # c', ['# a', '# b', '# c']],
  ['a block', 'x: |  # a\n  hello\n  # in it\n# b\n', ['# a', '# b']],
  ['a block with indentation of its own', 'x: |2\n    y\n  # in it\n # a\n', ['# a']],
  ['a block that starts with it', 'x: >-\n   # in it\n\n  # a\ny: 1', ['# a']],
  ['a block in a list, and blank lines', '- |+\n  y\n\n # a\n- >\n  # in it\n', ['# a']],
  ['quotes over lines', "x: 'it''s\n  # in it\n  y' # a\nz: \"\\\"\n  # in it\n  \"\n", ['# a']],
  ['a word, a tag, an anchor', 'x: a#b\ny: &c#d !e#f 1\nz: *c#d', []],
  ['text over lines', 'x: a\n  b #a\n', ['#a']],
  ['flow', '{ a: [x, # a\n "# in it"], # b\n b: y # c\n}', ['# a', '# b', '# c']],
  ['nothing for a value', 'x: # a\ny:\n  # b\nz: ""\n', ['# a', '# b']],
  ['complex keys', '? a # a\n: b # b\n', ['# a', '# b']],
  [
    'several documents',
    '%YAML 1.2 # a\n--- # b\nx: 1\n... # c\n---\n# d\ny: |\n  # in it\n',
    ['# a', '# b', '# c', '# d'],
  ],
  ['line breaks of other systems', 'x: 1 # a\r\n# b\ry: |\r\n  # in it\r\n', ['# a', '# b']],
  ['only comments', ' # a\n\n#b', ['# a', '#b']],
  ['JSON', '{"a": "# in it", "b": " # in it"}', []],
  ['no YAML', '# a\nx: [', []],
])('%s', (_, text, comments) => {
  const found = yamlComments(text);
  expect(found.map((one) => one.text)).toEqual(comments);
  for (const { offset, text: own } of found) expect(text.slice(offset, offset + own.length)).toBe(own);
});

const PIECES = [
  ...['a', 'b: ', 'c', '- ', '? ', ': ', ',', '{ ', ' }', '[ ', ' ]', '|', '>-', '|2', '|+', "'", '"', "''", '\\"'],
  ...[
    '&x ',
    '*x',
    '!!str ',
    '---',
    '...',
    '1',
    '\n',
    '\n',
    '\n',
    '\r\n',
    '\n  ',
    '\n  ',
    '\n    ',
    '\n ',
    ' ',
    '  ',
    '\t',
  ],
  ...['#q', ' #q', '\n#q', '\n  # q', '\n    # q', ' # q #q', 'k: |\n  ', "k: '", 'k: "', 'k: >\n   '],
];

/** What a text holds; undefined if it is no YAML. */
function held(text: string): string | undefined {
  try {
    return JSON.stringify(loadAll(text, null, { schema: CORE_SCHEMA }));
  } catch {
    return undefined;
  }
}

it('is a comment exactly if it can say something else', () => {
  const texts = fc.array(fc.constantFrom(...PIECES), { minLength: 2, maxLength: 25 });
  fc.assert(
    fc.property(texts, (pieces) => {
      const text = pieces.join('');
      const before = held(text);
      if (before === undefined) return;
      const comments = new Map(yamlComments(text).map((one) => [one.offset, one.text]));
      for (const { index } of text.matchAll(/#[^\r\n]*/g)) {
        const inOne = [...comments].some(([offset, own]) => offset < index && index < offset + own.length);
        if (inOne) continue;
        const own = /^#[^\r\n]*/.exec(text.slice(index))![0];
        // a comment ends a block, so not even an empty one may be taken away
        const other = held(`${text.slice(0, index)}#other${text.slice(index + own.length)}`);
        expect([text, index, other === before]).toEqual([text, index, comments.has(index)]);
      }
    }),
    { numRuns: 2_000 },
  );
});
