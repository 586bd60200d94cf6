import { expect, it } from 'vitest';
import { documentsOf } from '../manifests/documents.ts';

/** Where, in `text`, the value at a path stands; as what stands there. */
function seen(text: string, path: readonly (string | number)[], file = 'a.yaml'): string {
  const { line, column } = documentsOf(text, file)[0]!.locate(path)!;
  const rest = text.split('\n')[line - 1]!.slice(column - 1);
  return `${line}:${column} ${rest.slice(0, 8)}`;
}

const literal =
  'spec:\n  enabled: true\n  targeting: |\n    {\n      "if": [{"==": [{"var": "a"}, 1]}, "on", null]\n    }\n';

it.each<[what: string, text: string, path: readonly (string | number)[], expected: string]>([
  ['a literal block', literal, ['spec', 'targeting', 'if', 1], '5:41 "on", nu'],
  ['a literal block, its start', literal, ['spec', 'targeting'], '3:3 targetin'],
  ['beside it', literal, ['spec', 'enabled'], '2:12 true'],
  ['a folded block', 'targeting: >-\n  {"if": [true,\n\n     "on", "off"]}\n', ['targeting', 'if', 2], '4:12 "off"]}'],
  ['double quotes', 'targeting: "{\\"if\\": [\\u0074rue, \\"on\\", 7]}"\n', ['targeting', 'if', 2], '1:42 7]}"'],
  ['single quotes', 'targeting: \'{"if": ["it\'\'s",\n  7]}\'\n', ['targeting', 'if', 1], "2:3 7]}'"],
  ['a plain text', 'list: [a, "[1, 2, 3]"]\n', ['list', 1, 2], '1:19 3]"]'],
  ['no JSON', 'targeting: |\n  {"if": [\n    oops]}\n', ['targeting', 'if'], '3:5 oops]}'],
  ['no JSON at all', 'targeting: none\n', ['targeting', 'if'], '1:12 none'],
  ['a later document', `a: 1\n---\n${literal}`, ['spec', 'targeting', 'if', 1], '3:3 '],
])('%s: a path leads into it', (what, text, path, expected) => {
  if (what !== 'a later document') expect(seen(text, path)).toBe(expected);
  else expect(documentsOf(text, 'a.yaml')[1]!.locate(path)).toEqual({ file: 'a.yaml', line: 7, column: 41 });
});

it('a text within JSON', () => {
  const text = '{"spec": {"targeting": "{\\"if\\": [1,\\n \\"on\\"]}"}}';
  expect(seen(text, ['spec', 'targeting', 'if', 1], 'a.json')).toBe('1:40 \\"on\\"]}');
});
