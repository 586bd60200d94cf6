import { parseText } from '@flagwright/core/text';
import { expect, it } from 'vitest';
import { templatesOf } from './template.ts';

const fill = (text: string, sets: readonly string[] = [], file = 'f.yaml'): string =>
  templatesOf(sets).fill(text, file);

it.each([
  ['a whole value', 'a: {{ .x }}', 'true', 'a: true'],
  ['a number', 'a: {{.x}}', '1.5', 'a: 1.5'],
  ['a null', 'a: {{ .x }}', '~', 'a: ~'],
  ['a text', 'a: {{ .x }} # {{ .x }}', 'dev', 'a: dev # dev'],
  ['a text that YAML 1.1 has otherwise', 'a: {{ .x }}', 'on', 'a: on'],
  ['nothing', 'a: {{ .x }}', '', 'a: ""'],
  ['a number that would lose a zero', 'a: {{ .x }}', '01', 'a: "01"'],
  ['a version', 'a: {{ .x }}', '1.10', 'a: "1.10"'],
  ['what looks like a map', 'a: {{ .x }}', 'b: c', 'a: "b: c"'],
  ['what looks like a comment', 'a: {{ .x }}', 'b # c', 'a: "b # c"'],
  ['what looks like a list', 'a: {{ .x }}', '[b]', 'a: "[b]"'],
  ['lines', 'a: {{ .x }}', 'b\nc', 'a: "b\\nc"'],
  ['a part of a text', 'a: pre-{{ .x }}.post', 'b', 'a: pre-b.post'],
  ['a part that makes a number of it', 'a: {{ .x }}.10', '1', 'a: "1.10"'],
  ['a part with a colon', 'a: x {{ .x }} y', 'b: c', 'a: "x b: c y"'],
  ['double quotes', 'a: "x {{ .x }}"', 'b"\\\n', 'a: "x b\\"\\\\\\n"'],
  ['single quotes', "a: 'x {{ .x }}'", "it's", "a: 'x it''s'"],
  ['a quote within a text', "a: it's {{ .x }}", 'b', "a: it's b"],
  ['a key', '{{ .x }}: 1', 'a b', 'a b: 1'],
  ['a key with a colon', '{{ .x }}: 1', 'a: b', '"a: b": 1'],
  ['an item', '- {{ .x }}', 'a', '- a'],
  ['flow', 'a: {b: {{ .x }}, c: [{{ .x }}]}', 'd, e', 'a: {b: "d, e", c: ["d, e"]}'],
  ['flow that closes', 'a: {b: {{ .x }}}', 'c', 'a: {b: c}'],
  ['JSON within YAML', '{"a":{{ .x }},"b":"{{ .x }}"}', 'q"r', '{"a":q"r,"b":"q\\"r"}'],
  ['a block', 'a: |\n  b\n  {{ .x }}\nc: {{ .x }}', 'd: e\nf', 'a: |\n  b\n  d: e\n  f\nc: "d: e\\nf"'],
  ['JSON in a block', 'a: |\n  ["{{ .x }}", {{ .x }}]', 'q"r', 'a: |\n  ["q\\"r", "q\\"r"]'],
  ['a number in JSON in a block', 'a: |\n  [{{ .x }}]\nb: 1', '0.25', 'a: |\n  [0.25]\nb: 1'],
  ['a block that is all of it', 'a: |\n  {{ .x }}', '{"if": []}', 'a: |\n  {"if": []}'],
  ['a block in an item', '- a: |\n    b {{ .x }}\n  c: {{ .x }}', 'd: e', '- a: |\n    b d: e\n  c: "d: e"'],
  ['two documents', '--- {a: {{ .x }}}\n---\nb: {{ .x }}', '1', '--- {a: 1}\n---\nb: 1'],
])('fills in %s', (_, text, value, expected) => {
  expect(fill(text, [`x=${value}`])).toBe(expected);
});

it.each([
  ['a: "b   {{- .x -}}   c"', 'a: "b1c"'],
  ['a: {{ .y | default "z" }}', 'a: z'],
  ['a: {{ .y | default 3 }}', 'a: 3'],
  ['a: "{{ .y | default \\"z\\" }}"', 'a: "z"'],
  ["a: {{ .y|default 'z' }}", 'a: z'],
  ['a: {{ .x | default "z" }}', 'a: 1'],
  ['a: {{ .empty | default "z" }}', 'a: z'],
  ['a: {{ "{{" }} .x }}', 'a: "{{ .x }}"'],
  ['a: {{ .dotted.name-x }}', 'a: yes'],
  ['# {{ .unknown }}\na: 1', '# {{ .unknown }}\na: 1'],
  ['a: "{{"', 'a: "{{"'],
  ['{"if": [{"==": [{{}}, 1]}]}', '{"if": [{"==": [{{}}, 1]}]}'],
])('%s becomes %s', (text, expected) => {
  expect(fill(text, ['x=1', 'empty=', 'dotted.name-x=yes'])).toBe(expected);
});

it('fills in JSON', () => {
  const text = '{ "a": {{ .x }}, "b": "{{ .y }}", "c": {{ .y }} }';
  expect(fill(text, ['x=1', 'y=q"r'], 'f.json')).toBe('{ "a": 1, "b": "q\\"r", "c": "q\\"r" }');
});

const ITSELF = ' Hint: if it is the text itself, write it in double quotes, with {\\u007b for {{';

it.each([
  'a: "{{name}}"',
  'a: |\n  {{if x}}\n',
  '# {{- .x -}}\na: 1',
  '# {{ .x | default "y" }} {{ "{{" }}\na: 1',
  'a: "{\\u007b .x }} {\\x7b .x | default \'y\' }}"',
])('where nothing is set, %j stays as it is', (text) => {
  expect(fill(text)).toBe(text);
});

it.each([
  ['a: 1\nb: {{ .x }}', [], `f.yaml:2:4: {{ .x }} is a template, and nothing is set: say --set x=….${ITSELF}`],
  [
    'b: "Hello {{ .x | default \\"you\\" }}"',
    [],
    `f.yaml:1:11: {{ .x | default \\"you\\" }} is a template, and nothing is set: say --set x=…, or --set x= for its default.${ITSELF}`,
  ],
  [
    'b: {{ "{{" }}',
    [],
    `f.yaml:1:4: {{ "{{" }} is a template, and nothing is set: say --set name=value, of what the template has.${ITSELF}`,
  ],
  ['b: {{ .x }}', ['y=1', 'z=2'], 'f.yaml:1:4: nothing is set for {{ .x }}; there is y, z. Hint: say --set x=…'],
  [
    'b: {{ if .x }}',
    ['x=1'],
    'f.yaml:1:4: {{ if .x }} is nothing that can be filled in; expected {{ .name }} or {{ .name | default "text" }}',
  ],
  [
    'b: {{ .x | upper }}',
    [],
    `f.yaml:1:4: {{ .x | upper }} is a template, and nothing is set: expected {{ .name }} or {{ .name | default "text" }}, and --set name=….${ITSELF}`,
  ],
  ['a: >\n  {{ .x }}', ['x=1\n2'], 'f.yaml:2:3: the value of {{ .x }} has several lines; use a block with | and not >'],
  [
    "a: '{{ .x }}'",
    ['x=1\n2'],
    'f.yaml:1:5: the value of {{ .x }} has several lines, or control characters; use double quotes',
  ],
  [
    'a: b\n  {{ .x }}',
    ['x=c: d'],
    'f.yaml:2:3: the value of {{ .x }} cannot go on in a text of several lines; put that text in quotes',
  ],
])('refuses %j with %j', (text, sets, message) => {
  expect(() => fill(text, sets)).toThrow(expect.objectContaining({ exit: 7, message }));
});

it('tells of all that is missing at once', () => {
  expect(() => fill('a: {{ .x }}\nb: {{ .y }}')).toThrow(
    expect.objectContaining({
      hints: [`f.yaml:2:4: {{ .y }} is a template, and nothing is set: say --set y=….${ITSELF}`],
    }),
  );
});

it.each([
  [['x'], '--set "x" has no =; expected --set name=value'],
  [['=x'], '--set: "" is no name; expected --set name=value'],
  [['a b=x'], '--set: "a b" is no name; expected --set name=value'],
])('refuses --set %j', (sets, message) => {
  expect(() => templatesOf(sets)).toThrow(expect.objectContaining({ name: 'UsageError', message }));
});

it('takes the last value, with all that is in it', () => {
  const templates = templatesOf(['x=1', 'x=a=b,c', '__proto__=p', 'unused=1']);
  expect(templates.fill('a: {{ .x }}\nb: {{ .__proto__ }}', 'f.yaml')).toBe('a: a=b,c\nb: p');
  expect(templates.unused()).toEqual(['unused']);
});

const PARTS = [
  'a',
  '0',
  '1.10',
  ': ',
  ' #',
  '"',
  "'",
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  ' ',
  '-',
  '\u2028',
  '\u007f',
  '*',
  '&',
  '!',
  '%',
  '|',
  'true',
  '{{',
  '日',
];
const TEMPLATES: readonly (readonly [text: string, of: (value: string) => unknown])[] = [
  ['k: "{{ .x }}"\nend: 1', (value) => ({ k: value, end: 1 })],
  ['k: {{ .x }}\nend: 1', (value) => ({ k: scalar(value), end: 1 })],
  ['k: p{{ .x }}\nend: 1', (value) => ({ k: `p${value}`, end: 1 })],
  ['k: {b: {{ .x }}}\nend: 1', (value) => ({ k: { b: scalar(value) }, end: 1 })],
  ['- {{ .x }}\n- 1', (value) => [scalar(value), 1]],
  [
    'k: |\n  ["{{ .x }}"]\nend: 1',
    (value) => ({
      k: `${JSON.stringify([value]).replaceAll('\u2028', '\\u2028').replaceAll('\u007f', '\\u007f')}\n`,
      end: 1,
    }),
  ],
  ['{{ .x }}: 1', (value) => ({ [value]: 1 })],
];

/** What a value is read as where it stands alone. */
function scalar(value: string): unknown {
  if (value === 'true') return true;
  return value !== '' && String(Number(value)) === value ? Number(value) : value;
}

it.each(TEMPLATES)('whatever is set is what is read of %j', (text, of) => {
  let random = 7;
  const next = (most: number): number => {
    random = (random * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((random / 2 ** 31) * most);
  };
  for (let i = 0; i < 2_000; i++) {
    const value = Array.from({ length: next(5) }, () => PARTS[next(PARTS.length)]!).join('');
    const filled = fill(text, [`x=${value}`]);
    expect(parseText(filled).document, filled).toEqual(of(value));
  }
});
