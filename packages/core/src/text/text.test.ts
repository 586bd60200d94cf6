import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FlagDefinition } from '../document.generated.ts';
import { FlagError } from '../error.ts';
import type { Path } from '../issue.ts';
import { documentToYaml, parseText } from './index.ts';
import { scanJson } from './json.ts';
import { isSuspect } from './json-suspect.ts';
import type { ParseOptions } from './parse.ts';

const YAML: ParseOptions = { file: 'features.yaml' };
const JSON_FILE: ParseOptions = { file: 'features.json' };

function failureOf(text: string, options: ParseOptions): FlagError {
  try {
    parseText(text, options);
  } catch (error) {
    if (error instanceof FlagError) return error;
    throw error;
  }
  throw new Error(`parsed: ${text}`);
}

function at(text: string, path: Path, options: ParseOptions = YAML): string {
  const place = parseText(text, options).locate(path);
  return place === undefined ? 'nowhere' : `${place.line}:${place.column}`;
}

describe('YAML values', () => {
  it.each([
    ['on and off are text', 'on: off\nyes: no', { on: 'off', yes: 'no' }],
    ['a date is text', 'a: 2026-01-31', { a: '2026-01-31' }],
    ['numbers of the core schema', 'a: 0x1F\nb: 1e3\nc: 1.10\nd: -0o7', { a: 31, b: 1000, c: 1.1, d: '-0o7' }],
    [
      'prototype names are ordinary keys',
      '__proto__: {x: 1}\nconstructor: 2',
      JSON.parse('{"__proto__":{"x":1},"constructor":2}'),
    ],
    ['aliases', 'a: &x {k: 1}\nb: *x', { a: { k: 1 }, b: { k: 1 } }],
    ['null documents are skipped', '---\n# none\n---\na: 1\n---\n', { a: 1 }],
    ['a byte order mark is skipped', '\ufeffa: 1', { a: 1 }],
    ['JSON is YAML', '{"a": [1, "x", null]}', { a: [1, 'x', null] }],
    ['flow with a trailing comma', '{a: [1, 2,],}', { a: [1, 2] }],
  ])('%s', (_, text, document) => {
    expect(parseText(text, YAML)).toMatchObject({ document, issues: [] });
    expect(JSON.stringify(parseText(text, YAML).document)).toBe(JSON.stringify(document));
  });

  it('keeps the prototype of what it makes', () => {
    const document = parseText('__proto__: {polluted: true}').document as Record<string, unknown>;
    expect(Object.getPrototypeOf(document)).toBe(Object.prototype);
    expect(document.polluted).toBeUndefined();
  });

  it('leaves not-a-number and infinity to whoever checks the value', () => {
    expect(parseText('a: .nan\nb: -.inf').document).toEqual({ a: Number.NaN, b: Number.NEGATIVE_INFINITY });
  });
});

describe('empty texts', () => {
  it.each(['', ' \n\t\n', '# only a comment\n', '---\n', '---\n---\n~\n', 'null'])(
    '%j has no flags, with a warning',
    (text) => {
      const { document, issues, locate } = parseText(text, YAML);
      expect(document).toEqual({ flags: {} });
      expect(issues).toMatchObject([
        { severity: 'warning', code: 'empty-document', place: { file: 'features.yaml', line: 1 } },
      ]);
      expect(() => locate(['flags'])).not.toThrow();
    },
  );

  it('as JSON too', () => {
    expect(parseText('\n', JSON_FILE)).toMatchObject({ document: { flags: {} }, issues: [{ code: 'empty-document' }] });
  });
});

describe('YAML errors', () => {
  it.each([
    ['a tab', 'a:\n\tb: 1', 'syntax', '2:1', /tab/],
    ['a tab further down', 'a:\n  b: 1\n\tc: 2', 'syntax', '3:1', /tab/],
    ['an unclosed list', 'a: [1, 2', 'syntax', '1:9', /half-written/],
    ['an unclosed text', 'a: "x', 'syntax', '1:6', /quote/],
    ['a colon in a text', 'a: b: c', 'syntax', '1:5', /quotes/],
    ['a wrong column', 'a:\n  b: 1\n c: 2', 'syntax', '3:2', /./],
    ['a missing colon', 'a: 1\nb', 'syntax', '2:2', /colon/],
    ['a reserved character', 'a: @b', 'syntax', '1:4', /quotes/],
    ['an unknown alias', 'a: *x', 'syntax', '1:5', /anchor/],
    ['a tag', 'a: !!binary aGk=', 'syntax', '1:4', /tag/],
    ['an escape', 'a: "\\q"', 'syntax', '1:6', /backslash/],
    ['a null byte', 'a: \u0000', 'syntax', '1:4', /UTF-8/],
    ['a fraction as a key', 'a:\n  1.10: b', 'key-type', '2:3', /'1.10'/],
    ['null as a key', 'null: b', 'key-type', '1:1', /'null'/],
    ['true twice as a key', "true: b\n'true': c", 'duplicate-key', '2:1', /./],
    ['a list as a key', 'k: 1\n? [a]\n: b', 'key-type', '2:3', /a key that is no text.*quote/],
    ['a map as a key', 'k: 1\na:\n  - {x: {y: 1}, {y: 2}: 1}', 'key-type', '3:17', /a key that is no text/],
    ['a template', 'k: 1\na: {{ .x }}', 'key-type', '2:4', /: \{\{ \.x \}\} is no text.*template/],
    ['a second document', 'a: 1\n---\nb: 2', 'several-documents', '3:1', /---/],
    ['an alias within its anchor', 'a: &x [*x]', 'recursive-alias', '1:8', /./],
  ])('%s', (_, text, code, place, says) => {
    const error = failureOf(text, YAML);
    expect(error.code).toBe('PARSE_ERROR');
    expect(error.message).toMatch(says);
    expect(error.message.startsWith(`features.yaml:${place}: `)).toBe(true);
    const [line, column] = place.split(':').map(Number);
    expect(error.issues).toMatchObject([{ severity: 'error', code, place: { file: 'features.yaml', line, column } }]);
  });

  it('names both places of every duplicate key', () => {
    const { code, issues } = failureOf('flags:\n  a: 1\n  b: {x: 1, x: 2}\n  a: 3\n', YAML);
    expect(code).toBe('PARSE_ERROR');
    expect(issues).toMatchObject([
      { code: 'duplicate-key', path: ['flags', 'b', 'x'], place: { line: 3, column: 13 } },
      { code: 'duplicate-key', path: ['flags', 'a'], place: { line: 4, column: 3 } },
    ]);
    expect(issues[1]?.message).toContain('features.yaml:2:3');
  });

  it('warns of merge keys, which YAML 1.2 does not have', () => {
    const { issues, document } = parseText('a: &x {k: 1}\nb:\n  <<: *x\n', YAML);
    expect(issues).toMatchObject([{ severity: 'warning', code: 'merge-key', place: { line: 3, column: 3 } }]);
    expect(document).toEqual({ a: { k: 1 }, b: { '<<': { k: 1 } } });
  });
});

describe('JSON errors', () => {
  it.each([
    ['a trailing comma', '{\n "a": 1,\n}', '2:8', /comma/],
    ['a trailing comma in a list', '[1,]', '1:3', /comma/],
    ['single quotes', "{'a': 1}", '1:2', /double quotes/],
    ['a bare key', '{a: 1}', '1:2', /double quotes/],
    ['a comment', '{\n  // c\n}', '2:3', /no comments/],
    ['True', '{"a": True}', '1:7', /true, false or null/],
    ['NaN', '{"a": NaN}', '1:7', /no such number/],
    ['a leading zero', '{"a": 01}', '1:7', /leading zero/],
    ['a line break in a string', '{"a": "x\ny"}', '1:7', /\\n/],
    ['an escape', '{"a": "\\x"}', '1:8', /backslash/],
    ['a missing comma', '{"a": 1\n "b": 2}', '2:2', /comma/],
    ['a missing colon', '{"a" 1}', '1:6', /":"/],
    ['the wrong bracket', '{"a": [1}', '1:9', /"\]"/],
    ['half a file', '{"flags": {"a": {', '1:18', /half-written/],
    ['half a file, in a string', '{"flags": {"a', '1:12', /closed/],
    ['more after the end', '{} {}', '1:4', /end of the document/],
  ])('%s', (_, text, place, says) => {
    const error = failureOf(text, JSON_FILE);
    expect(error.code).toBe('PARSE_ERROR');
    expect(error.message).toMatch(says);
    const [line, column] = place.split(':').map(Number);
    expect(error.issues).toMatchObject([
      { severity: 'error', code: 'syntax', place: { file: 'features.json', line, column } },
    ]);
  });

  it.each([JSON_FILE, YAML])('names both places of a duplicate key (%j)', (options) => {
    const { issues } = failureOf('{"flags": {"a": [{"c": 1, "\\u0063": 2}],\n "b": 1, "b": 2}}', options);
    expect(issues).toMatchObject([
      { code: 'duplicate-key', path: ['flags', 'a', 0, 'c'], place: { line: 1, column: 27 } },
      { code: 'duplicate-key', path: ['flags', 'b'], place: { line: 2, column: 10 } },
    ]);
    expect(issues[0]?.message).toContain(`${options.file}:1:19`);
  });
});

describe('bounds', () => {
  const nested = (n: number): string => '['.repeat(n) + ']'.repeat(n);

  it.each<[string, string, ParseOptions]>([
    ['a flow list', nested(1_000), YAML],
    ['a flow list, very deep', '['.repeat(100_000), YAML],
    ['a flow map', '{a: '.repeat(100_000), YAML],
    ['lists in lists', '- '.repeat(100_000), YAML],
    ['maps in maps', Array.from({ length: 1_000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'), YAML],
    ['JSON', nested(1_000), JSON_FILE],
    ['JSON, very deep', nested(100_000), JSON_FILE],
    [
      'aliases',
      `${Array.from({ length: 99 }, (_, i) => `a${i}: &a${i} [${i === 0 ? '' : `*a${i - 1}`}]`).join('\n')}\nz: [[*a98]]`,
      YAML,
    ],
  ])('depth: %s', (_, text, options) => {
    expect(failureOf(text, options)).toMatchObject({ code: 'TOO_LARGE', issues: [{ code: 'too-deep' }] });
  });

  it('reads what is 100 deep', () => {
    expect(() => parseText(nested(100), YAML)).not.toThrow();
    expect(() => parseText(nested(100), JSON_FILE)).not.toThrow();
  });

  it('billion laughs', () => {
    const lines = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]'];
    for (let i = 1; i < 12; i++) lines.push(`a${i}: &a${i} [${`*a${i - 1},`.repeat(10)}]`);
    expect(failureOf(lines.join('\n'), YAML)).toMatchObject({ code: 'TOO_LARGE', issues: [{ code: 'too-large' }] });
  });

  it('billion laughs, spread over many small lists', () => {
    const big = `a: &a [${'x,'.repeat(1_000)}]\nb: &b [${'*a,'.repeat(900)}]\n`;
    expect(failureOf(`${big}c: [${'[*b],'.repeat(100)}]`, YAML).code).toBe('TOO_LARGE');
  });

  it('bytes, not characters', () => {
    const text = 'a: éééé';
    expect(() => parseText(text, { maxBytes: 11 })).not.toThrow();
    expect(failureOf(text, { maxBytes: 10 }).code).toBe('TOO_LARGE');
    expect(failureOf(text, { maxBytes: 3 }).code).toBe('TOO_LARGE');
  });
});

describe('locate', () => {
  const yaml = `# features
flags:
  a:
    type: bool
    rules:
      - variation: 1
        clauses: [{attribute: plan, operator: in}]
      -   variation: "on"
  "b c": {default: 'x'}
  t:
    targeting: |
      {"if": []}
  empty:
`;

  it.each<[Path, string]>([
    [[], '2:1'],
    [['flags', 'a', 'type'], '4:11'],
    [['flags', 'a', 'rules', 0, 'variation'], '6:20'],
    [['flags', 'a', 'rules', 0, 'clauses', 0, 'operator'], '7:47'],
    [['flags', 'a', 'rules', 0, 'clauses'], '7:18'],
    [['flags', 'a', 'rules', 1], '8:11'],
    [['flags', 'a', 'rules', 1, 'variation'], '8:22'],
    [['flags', 'b c', 'default'], '9:20'],
    [['flags', 'b c'], '9:10'],
  ])('the place of the value: %j', (path, place) => {
    expect(at(yaml, path)).toBe(place);
  });

  it.each<[Path, string]>([
    [['flags', 'a'], '3:3'],
    [['flags', 'a', 'rules'], '5:5'],
    [['flags', 't', 'targeting'], '11:5'],
    [['flags', 'empty'], '13:3'],
  ])('the place of the key, where the value starts on another line: %j', (path, place) => {
    expect(at(yaml, path)).toBe(place);
  });

  it.each<[Path, string]>([
    [['flags', 'a', 'nothing'], '3:3'],
    [['flags', 'a', 'rules', 7, 'x'], '5:5'],
    [['flags', 'b c', 'x', 'y'], '9:3'],
    [['flags', 'zzz'], '2:1'],
    [['segments'], '2:1'],
    [['flags', 'a', 'type', 0], '4:5'],
  ])('the key of the nearest ancestor of what is not there: %j', (path, place) => {
    expect(at(yaml, path)).toBe(place);
  });

  it.each<[Path, string]>([
    [['flags'], '2:12'],
    [['flags', 'a', 'rules', 0, 'variation'], '4:18'],
    [['flags', 'a', 'nothing'], '3:3'],
    [['flags', 'é"'], '6:10'],
  ])('in JSON: %j', (path, place) => {
    const json = '{\r\n  "flags": {\r\n  "a": {"rules": [\r\n   {"variation": 1}\r\n  ]},\r\n  "é\\"": true\r\n}}';
    expect(at(json, path, JSON_FILE)).toBe(place);
    expect(at(json, path, YAML)).toBe(place);
  });

  it('follows aliases to what they mean', () => {
    expect(at('a: &x {k: 1}\nb: *x', ['b'])).toBe('2:4');
    expect(at('a: &x {k: 1}\nb: *x', ['b', 'k'])).toBe('1:11');
  });

  it('finds the items of a list by their key', () => {
    expect(at('flags:\n  - key: a\n    type: bool\n  - key: b\n    type: bool', ['flags', 'b', 'type'])).toBe('5:11');
    expect(at('{"flags": [{"key": "a"}, {"key": "b"}]}', ['flags', 'b'], JSON_FILE)).toBe('1:26');
  });

  it('carries the file, and the document that counts', () => {
    expect(parseText('---\n~\n---\na: 1', YAML).locate(['a'])).toEqual({ file: 'features.yaml', line: 4, column: 4 });
    expect(parseText('a: 1').locate(['a'])).toEqual({ line: 1, column: 4 });
  });
});

describe('documentToYaml', () => {
  it('quotes what a YAML 1.1 reader would take for something else', () => {
    const text = documentToYaml({
      flags: { f: { variants: { on: true, off: false }, defaultVariant: 'on', salt: '1.10' } },
    });
    expect(text).toBe(
      "flags:\n  f:\n    variants:\n      'on': true\n      'off': false\n    defaultVariant: 'on'\n    salt: '1.10'\n",
    );
  });

  it('takes flags as a map, in order, and leaves out undefined', () => {
    const shared = { variants: [{ name: '1', value: 1 }] };
    const flags = new Map<string, FlagDefinition>([
      ['b', { ...shared, default: undefined }],
      ['1', shared],
      ['__proto__', shared],
    ]);
    const text = documentToYaml({ flags });
    expect(text).not.toContain('&');
    expect(Object.keys((parseText(text).document as { flags: object }).flags)).toEqual(['1', 'b', '__proto__']);
    expect(text.indexOf('b:')).toBeLessThan(text.indexOf("'1':"));
  });
});

const word = fc.oneof(
  fc.constantFrom(
    'on',
    'yes',
    '1',
    '1.10',
    '',
    ' ',
    '~',
    '__proto__',
    '<<',
    '2026-01-01',
    '1e3',
    'a: b',
    '- a',
    '#',
    '\u2028',
    '\u0000',
    '&a',
    'é',
    '😀',
    "it's",
    '"',
    '\\',
    'a\nb',
    'a\n',
    '\ta',
    '1_000',
    '.inf',
    '=',
    '%',
    '@',
  ),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
);
const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => (x === 0 ? 0 : x)),
    word,
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(word, tie('json'), { maxKeys: 4 }),
  ),
}));

describe('properties', () => {
  it('what is written as YAML is read back as it was', () => {
    fc.assert(
      fc.property(fc.dictionary(word, json, { minKeys: 1 }), (flags) => {
        const document = { flags: { ...flags } };
        expect(JSON.stringify(parseText(documentToYaml(document as never)).document)).toBe(JSON.stringify(document));
      }),
    );
  });

  it('JSON is read as JSON.parse reads it, whichever format it is said to be', () => {
    fc.assert(
      fc.property(fc.dictionary(word, json, { minKeys: 1 }), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        for (const options of [YAML, JSON_FILE])
          expect(JSON.stringify(parseText(text, options).document)).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  const token = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"\\u0061"',
    '"b"',
    '"',
    '\\',
    '1',
    '-',
    '0',
    '.5',
    'e1',
    'true',
    ' ',
    '\n',
    '\t',
    '\\n',
  );
  it('the scanner takes exactly what JSON.parse takes', () => {
    fc.assert(
      fc.property(fc.array(token, { maxLength: 14 }), (tokens) => {
        const text = tokens.join('');
        const ok = isJson(text);
        const faults = scanJson(text, { maxDepth: 100 }).faults.filter(({ code }) => code !== 'duplicate-key');
        expect(faults.length === 0).toBe(ok);
      }),
      { numRuns: 3_000 },
    );
  });

  it('what the quick look lets pass has no duplicate keys', () => {
    const pair = fc.tuple(
      fc.constantFrom('a', 'b', '"', '\\', '\\"', 'é', ':', 'a:', '{'),
      fc.constantFrom('1', '"x:"', '":"', '[{"a":1}]', '{"a" :2}', '"\\\\"', '"\\""'),
    );
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 20 }), fc.constantFrom(':', ' :', ': '), (pairs, colon) => {
        const text = `{${pairs.map(([key, value]) => `${JSON.stringify(key)}${colon}${value}`).join(',')}}`;
        const duplicates = scanJson(text, { maxDepth: 100 }).faults.length > 0;
        expect(duplicates).toBe(new Set(pairs.map(([key]) => key)).size < pairs.length);
        if (duplicates) expect(isSuspect(text, 100)).toBe(true);
      }),
    );
  });

  it('broken YAML is a FlagError, and quickly so', () => {
    const atom = fc.constantFrom(
      '&a ',
      '*a ',
      '[',
      ']',
      '{',
      '}',
      ', ',
      ': ',
      '- ',
      '? ',
      '\n',
      '  ',
      '"',
      "'",
      'x',
      '!t ',
      '|',
      '>',
      '\n  ',
      '#',
      '---\n',
      '%',
      '\t',
      '<<: ',
      '\u0000',
      '\r',
    );
    fc.assert(
      fc.property(fc.array(atom, { maxLength: 12 }), fc.integer({ min: 1, max: 60 }), (atoms, times) => {
        const text = atoms.join('').repeat(times);
        try {
          parseText(text, YAML).locate(['x', 0]);
        } catch (error) {
          expect(error).toBeInstanceOf(FlagError);
          expect((error as FlagError).issues.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 500 },
    );
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

it('true, false and whole numbers as keys are the names they are written as', () => {
  const { document, locate } = parseText('flags:\n  f:\n    variants:\n      true: a\n      1: b\n');
  expect(document).toEqual({ flags: { f: { variants: { true: 'a', 1: 'b' } } } });
  expect(locate(['flags', 'f', 'variants', 'true'])).toMatchObject({ line: 4 });
});
