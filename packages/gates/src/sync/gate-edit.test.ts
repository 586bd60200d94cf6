import { FlagError } from '@flagwright/core';
import { parseText } from '@flagwright/core/text';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Value } from './entry.ts';
import { editGates, gatesIn, isBlank } from './gate-edit.ts';

const edit = (text: string, changes: Readonly<Record<string, Value>>, file = 'gates.yaml'): string =>
  editGates(text, new Map(Object.entries(changes)), file);

describe('a line is edited where it stands', () => {
  it.each<[what: string, before: string, changes: Readonly<Record<string, Value>>, after: string]>([
    [
      'a value',
      'features:\n  a: true # mine\n  b: false\n',
      { a: false },
      'features:\n  a: false # mine\n  b: false\n',
    ],
    ['a value in quotes', 'features:\n  a: "true"\n', { a: false }, 'features:\n  a: false\n'],
    ['a value in other quotes', "features:\n  a: 'f'   # no\n", { a: true }, 'features:\n  a: true   # no\n'],
    ['a key in quotes', 'features:\n  "a": true\n', { a: false }, 'features:\n  "a": false\n'],
    [
      'a line that goes',
      '# one\nfeatures:\n  # two\n  a: true # three\n  b: false\n',
      { a: undefined },
      '# one\nfeatures:\n  # two\n  b: false\n',
    ],
    ['the last line that goes', 'features: # here\n  a: true\n', { a: undefined }, 'features: {} # here\n'],
    [
      'a new one',
      'features:\n    a: true\n\n# other\nx: 1\n',
      { b: true },
      'features:\n    a: true\n    b: true\n\n# other\nx: 1\n',
    ],
    ['a new one in an empty map', 'features: {}\n', { b: true }, 'features:\n  b: true\n'],
    ['a new one in none', 'features:\n', { b: true }, 'features:\n  b: true\n'],
    ['a new one in null', 'features: ~ # none\nx: 1\n', { b: true }, 'features: # none\n  b: true\nx: 1\n'],
    ['a new one in a file without any', '# notes\nx: 1', { b: true }, '# notes\nx: 1\nfeatures:\n  b: true\n'],
    ['a new one in nothing', '', { b: true }, 'features:\n  b: true\n'],
    ['a new one below comments', '# to do\n', { b: true }, '# to do\nfeatures:\n  b: true\n'],
    [
      'several',
      'features:\n  a: true\n  b: true\n  c: true\n',
      { a: false, b: undefined, d: true },
      'features:\n  a: false\n  c: true\n  d: true\n',
    ],
    [
      'Windows',
      'features:\r\n  a: true\r\nx: 1\r\n',
      { a: false, b: true },
      'features:\r\n  a: false\r\n  b: true\r\nx: 1\r\n',
    ],
    ['a byte order mark', '\ufefffeatures:\n  a: true\n', { a: false }, '\ufefffeatures:\n  a: false\n'],
    ['the whole key', 'features:\n  feature.a: true\n', { a: false }, 'features:\n  feature.a: false\n'],
    [
      'the doubled key',
      'features:\n  feature.feature.a: true\n',
      { a: false },
      'features:\n  feature.feature.a: false\n',
    ],
    ['both spellings', 'features:\n  a: true\n  feature.a: true\n', { a: undefined }, 'features: {}\n'],
    [
      'nested',
      'feature:\n  storage:\n    ceph: true\n    nfs: false\n',
      { 'storage.ceph': false },
      'feature:\n  storage:\n    ceph: false\n    nfs: false\n',
    ],
    [
      'nested, new',
      'feature:\n  x: true\n',
      { 'storage.ceph': true },
      'feature:\n  x: true\nfeatures:\n  storage.ceph: true\n',
    ],
    ['with dots at the top', 'feature.storage.ceph: true\nx: 1\n', { 'storage.ceph': undefined }, 'x: 1\n'],
    [
      'said by enabled',
      'features:\n  a:\n    enabled: true\n    why: trial\n',
      { a: false },
      'features:\n  a:\n    enabled: false\n    why: trial\n',
    ],
    [
      'said by enabled, unset',
      'features:\n  a: { enabled: true, why: trial }\n',
      { a: undefined },
      'features:\n  a: { enabled: null, why: trial }\n',
    ],
    [
      'JSON',
      '{\n  "features": { "a": true },\n  "x": [1]\n}\n',
      { a: false },
      '{\n  "features": { "a": false },\n  "x": [1]\n}\n',
    ],
    ['a map in one line', 'features: { a: true, b: false }\n', { a: undefined }, 'features: { a: null, b: false }\n'],
    ['nothing', 'features:\n  a: true\n', {}, 'features:\n  a: true\n'],
    ['what is so already', 'features:\n  a: true\n', { a: true, z: undefined }, 'features:\n  a: true\n'],
  ])('%s', (_, before, changes, after) => {
    expect(edit(before, changes)).toBe(after);
  });
});

// each of these values is another one once it was read and written
const FOREIGN = 'account: 12345678901234567890 # mine\nmode: 0755\nsince: 2024-01-01\n';

describe('whatever is not ours stays as it is written', () => {
  it.each<[what: string, before: string, changes: Readonly<Record<string, Value>>, after: string]>([
    ['no value', 'features:\n  b: # later\n', { b: true }, 'features:\n  b: true # later\n'],
    ['null', 'features:\n  b: null # later\n', { b: true }, 'features:\n  b: true # later\n'],
    ['a tilde', 'features:\n  a: true\n  "b": ~\n', { b: false }, 'features:\n  a: true\n  "b": false\n'],
    ['null in its whole key', 'features:\n  feature.b: ~\n', { b: true }, 'features:\n  feature.b: true\n'],
    ['null, nested', 'feature:\n  s:\n    c:\n', { 's.c': true }, 'feature:\n  s:\n    c: true\n'],
    ['null with dots', 'feature.s.c: ~\n', { 's.c': true }, 'feature.s.c: true\n'],
    [
      'enabled: null',
      'features:\n  a: {enabled: ~, x: 0755}\n',
      { a: true },
      'features:\n  a: {enabled: true, x: 0755}\n',
    ],
    ['null in one line', 'features: {a: null, b: }\n', { a: true, b: true }, 'features: {a: true, b: true }\n'],
    ['one line', 'features: {a: true}\n', { b: false }, 'features: {b: false, a: true}\n'],
    ['one line, with quotes', 'features: { "a": true }\n', { b: false }, 'features: { "b": false, "a": true }\n'],
    ['braces over lines', 'features: {\n  a: true\n  }\n', { b: false }, 'features: {\n  b: false,\n  a: true\n  }\n'],
    [
      'an alias',
      'features:\n  # stays\n  a: &x true\n  b: *x\n',
      { b: false },
      'features:\n  # stays\n  a: &x true\n  b: false\n',
    ],
    [
      'what an alias leads to',
      'features:\n  # goes\n  a: &x true\n  b: *x\n',
      { a: false },
      'features:\n  a: false\n  b: true\n',
    ],
    ['an anchor', 'features: &f # ours\n  a: true\n', { b: false }, 'features: &f # ours\n  a: true\n  b: false\n'],
    ['a name alone', 'features: {a, b: true}\n', { a: true }, 'features:\n  b: true\n  a: true\n'],
  ])('%s', (_, before, changes, after) => {
    expect(edit(FOREIGN + before, changes)).toBe(FOREIGN + after);
    expect(edit(`${before}x: 1\n${FOREIGN}`, changes)).toBe(`${after}x: 1\n${FOREIGN}`);
  });

  it.each<[what: string, before: string, changes: Readonly<Record<string, Value>>, after: string]>([
    ['a document that begins', '---\nx: 0755\n', { a: true }, '---\nx: 0755\nfeatures:\n  a: true\n'],
    ['a document that ends', '---\nx: 0755\n...\n', { a: true }, '---\nx: 0755\nfeatures:\n  a: true\n...\n'],
    ['a mark at the end', 'x: 0755\n---\n', { a: true }, 'x: 0755\nfeatures:\n  a: true\n---\n'],
    ['nothing in a document', '--- # none\n', { a: true }, '--- # none\nfeatures:\n  a: true\n'],
    ['nothing in one that ends', '---\n...\n', { a: true }, '---\nfeatures:\n  a: true\n...\n'],
    [
      'a name that is no text',
      'features: {}\n',
      { null: true, true: false },
      'features:\n  "null": true\n  "true": false\n',
    ],
    [
      'mixed ends of lines',
      'x: 0755\r\nfeatures:\n  a: true\r\n  b: true\n',
      { a: false, c: true },
      'x: 0755\r\nfeatures:\n  a: false\r\n  b: true\n  c: true\n',
    ],
    ['old ends of lines', 'features:\r  a: true\r', { a: false, b: true }, 'features:\r  a: false\r  b: true\r'],
    ['no last end', 'features:\n  a: true', { b: true }, 'features:\n  a: true\n  b: true'],
    ['braces around it', '--- {x: 0755}\n', { a: true }, '--- {"features": { "a": true }, x: 0755}\n'],
    [
      'JSON',
      '{"features":{"b":true},"x":12345678901234567890}',
      { a: true },
      '{"features":{"a": true, "b":true},"x":12345678901234567890}',
    ],
    [
      'JSON with none',
      '{\n  "features": {},\n  "x": 1e400\n}\n',
      { a: true },
      '{\n  "features": { "a": true },\n  "x": 1e400\n}\n',
    ],
    [
      'JSON with null',
      '{\n  "features": null,\n  "x": 1.0\n}\n',
      { a: true },
      '{\n  "features": { "a": true },\n  "x": 1.0\n}\n',
    ],
    ['JSON without', '{\n  "x": 1.0\n}\n', { a: true }, '{\n  "features": { "a": true },\n  "x": 1.0\n}\n'],
    ['JSON with nothing', '{}', { a: true }, '{ "features": { "a": true } }'],
    [
      'JSON over lines',
      '{\n  "features": {\n    "b": null\n  },\n  "x": 1.0\n}\n',
      { a: true, b: true },
      '{\n  "features": {\n    "a": true,\n    "b": true\n  },\n  "x": 1.0\n}\n',
    ],
    [
      'what an alias leads to, beside a gate elsewhere',
      'features:\n  a: &x true\n  c: *x\nfeature.b: true # b\n',
      { a: false, b: false },
      'features:\n  a: false\n  c: true\nfeature.b: false # b\n',
    ],
  ])('%s', (_, before, changes, after) => {
    expect(edit(before, changes)).toBe(after);
  });

  it.each<[what: string, text: string]>([
    ['what an alias leads to, beside what is no gate', 'features:\n  a: &x true\n  b: { enabled: *x, mode: 0755 }\n'],
    ['what an alias elsewhere leads to', 'features:\n  a: &x true\non: *x\n'],
    ['what an alias leads to, in braces', '{features: {a: &x true, b: *x}}\n'],
  ])('%s: it is refused, with what to do', (_, text) => {
    expect(() => edit(text, { a: false })).toThrow(
      expect.objectContaining({ code: 'PARSE_ERROR', message: expect.stringContaining('a line for each gate') }),
    );
  });
});

it.each([
  ['features:\n  a: [\n', 'PARSE_ERROR'],
  ['features: [a]\n', 'PARSE_ERROR'],
  ['features:\n  a: maybe\n', 'PARSE_ERROR'],
  ['features:\n  a: 1\n', 'PARSE_ERROR'],
  ['features:\n  a: true\n  a: true\n', 'PARSE_ERROR'],
  ['features:\n  a: true\n  feature.a: false\n', 'PARSE_ERROR'],
  ['features:\n  a: true\nfeature:\n  a: false\n', 'PARSE_ERROR'],
  ['- a\n', 'PARSE_ERROR'],
])('%j is not edited', (text, code) => {
  expect(() => edit(text, { b: true })).toThrow(expect.objectContaining({ code }));
});

it('a gate that is on and off is told with both places', () => {
  expect(() => gatesIn('features:\n  a: true\n  feature.a: false\n', 'g.yaml')).toThrow(
    new FlagError(
      'PARSE_ERROR',
      'g.yaml: a is set twice, to true in line 2 and to false in line 3; expected one of them',
    ),
  );
});

it.each([
  ['', true],
  ['\n \t\n', true],
  ['# features:\n', true],
  ['---\n# none\n', true],
  ['--- # none\n...\n', true],
  ['\ufeff', true],
  ['features:', false],
  ['{}', false],
  ['null', false],
])('%j is blank: %s', (text, blank) => {
  expect(isBlank(text)).toBe(blank);
});

// texts in many styles, any changes: the gates are what they should be, everything else is as it was
const name = fc.constantFrom('a', 'b', 'storage.c', 'd-e', 'feature.f');
const scalar = fc.constantFrom('true', 'false', '"true"', "'f'", 'False', 'null', '');
const comment = fc.constantFrom('', ' # why', '   #');
const line = (indent: string) =>
  fc.tuple(name, scalar, comment).map(([key, value, why]) => `${indent}${key}: ${value}${why}`);
const other = fc.constantFrom(
  'x: 1',
  'list:\n  - a\n  - b: true',
  '# features:',
  '',
  'text: |\n  features:\n    a: true',
  'y: { features: 1 }',
);
const block = fc
  .tuple(
    fc.constantFrom('  ', '    ', '\t'),
    fc.uniqueArray(name, { maxLength: 4 }),
    fc.array(fc.tuple(scalar, comment), { minLength: 4, maxLength: 4 }),
  )
  .map(([indent, names, values]) =>
    ['features:', ...names.map((key, i) => `${indent}${key}: ${values[i]!.join('')}`)].join('\n'),
  );
const flow = fc
  .dictionary(fc.constantFrom('a', 'b'), fc.boolean())
  .map((gates) => `features: ${JSON.stringify(gates)}`);
const nested = fc.tuple(line('  '), line('    ')).map(([one, two]) => `feature:\n${one}\n  sub:\n${two}`);
const text = fc
  .tuple(
    fc.array(other, { maxLength: 2 }),
    fc.option(fc.oneof(block, flow), { nil: '' }),
    fc.option(nested, { nil: '' }),
    fc.array(other, { maxLength: 1 }),
    fc.constantFrom('\n', '\r\n'),
  )
  .map(([before, features, deep, after, end]) =>
    [...before, features, deep, ...after, ''].join('\n').replaceAll('\n', end),
  );

it('whatever the style', () => {
  let edited = 0;
  fc.assert(
    fc.property(
      text,
      fc.dictionary(
        fc.constantFrom('a', 'b', 'storage.c', 'f', 'new', 'sub.a'),
        fc.constantFrom(true, false, undefined),
      ),
      (given, changes) => {
        let before: ReadonlyMap<string, boolean>;
        try {
          before = gatesIn(given, 'x').gates;
        } catch {
          return;
        }
        edited++;
        const after = edit(given, changes);
        const wanted = new Map(before);
        for (const [key, value] of Object.entries(changes)) {
          if (value === undefined) wanted.delete(key);
          else wanted.set(key, value);
        }
        expect(Object.fromEntries(gatesIn(after, 'x').gates)).toEqual(Object.fromEntries(wanted));
        const rest = (of: string): unknown => {
          const { features, feature, flags, ...others } = parseText(of).document as Record<string, unknown>;
          return others;
        };
        expect(rest(after)).toEqual(rest(given));
      },
    ),
    { numRuns: 500 },
  );
  expect(edited).toBeGreaterThan(100);
});
