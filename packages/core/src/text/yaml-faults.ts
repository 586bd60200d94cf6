import type { Event } from 'js-yaml';
import { EVENT_ID, YAMLException } from 'js-yaml';
import type { Fault } from './fault.ts';
import { tooDeep } from './fault.ts';
import { buildPositions, offsetOf } from './yaml-positions.ts';

/** What the map of our schema says of a key that is no text. */
export const NOT_TEXT = 'this key is no text';

/** What a thrown error means for the person who wrote the text. */
export function explain(error: unknown, text: string, events: readonly Event[], maxDepth: number): readonly Fault[] {
  if (!(error instanceof YAMLException)) {
    return [{ offset: 0, code: 'syntax', message: error instanceof Error ? error.message : String(error) }];
  }
  const { reason } = error;
  const offset = Math.min(error.mark?.position ?? 0, text.length);
  if (reason.startsWith('nesting exceeded')) return [tooDeep(offset, maxDepth)];
  if (reason === 'duplicated mapping key') {
    const { duplicates } = buildPositions(text, events);
    if (duplicates.length > 0) return duplicates;
  }
  if (reason === NOT_TEXT) {
    const inner = collectionKey(events);
    if (inner !== undefined) return [keyFault(text, inner)];
    const word = /^[^\s:,?{}[\]]+/.exec(text.slice(offset, offset + 60))?.[0];
    const quoted = word === undefined ? 'quote it' : `quote it: '${word}'`;
    return [
      {
        offset,
        code: 'key-type',
        message: `the key ${word ?? ''} is no text`.replace('  ', ' '),
        expected: 'text',
        hint: quoted,
      },
    ];
  }
  const reserved = /^[@`%]/.exec(text.slice(offset, offset + 1))?.[0];
  if (reserved !== undefined) {
    const hint = `put the text that starts with '${reserved}' in quotes`;
    return [{ offset, code: 'syntax', message: `a value cannot start with '${reserved}'`, hint }];
  }
  const advice = ADVICE.find(([pattern]) => pattern.test(reason));
  // js-yaml sees a tab only where it stops; the line says more
  const tab =
    advice === undefined || /indentation|mapping|separator/.test(reason) ? tabIndent(text, offset) : undefined;
  if (tab !== undefined) return [tab];
  return [{ offset, code: 'syntax', message: reason, ...advice?.[1] }];
}

/** Where the first key is that is a map or a list: js-yaml tells where the map begins that has it. */
function collectionKey(events: readonly Event[]): number | undefined {
  const open: { readonly isMap: boolean; isAtKey: boolean }[] = [];
  for (const event of events) {
    if (event.type === EVENT_ID.DOCUMENT) continue;
    if (event.type === EVENT_ID.POP) open.pop();
    const within = open.at(-1);
    if (event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE) {
      if (within?.isMap === true && within.isAtKey) return offsetOf(event);
      open.push({ isMap: event.type === EVENT_ID.MAPPING, isAtKey: true });
    } else if (within !== undefined) within.isAtKey = !within.isAtKey;
  }
  return undefined;
}

/** `{{ .name }}` is a map within a map, as its key. */
function keyFault(text: string, inner: number): Fault {
  const offset = text[inner] === '{' && text[inner - 1] === '{' ? inner - 1 : inner;
  const template = offset < inner ? /^\{\{[^\n{}]{0,100}\}\}/.exec(text.slice(offset, offset + 200))?.[0] : undefined;
  const common = { offset, code: 'key-type', expected: 'text' } as const;
  if (template === undefined) return { ...common, message: 'a key that is no text', hint: 'quote it' };
  const hint = 'put it in quotes if it is a text; if this is a template, it is to be filled in first';
  return { ...common, message: `${template} is no text`, hint };
}

/** A tab in the indentation of the line of `offset`, or of the next line with something on it. */
function tabIndent(text: string, offset: number): Fault | undefined {
  const start = Math.max(text.lastIndexOf('\n', offset - 1), text.lastIndexOf('\r', offset - 1)) + 1;
  const found = /^(?: *)\t/.exec(text.slice(start, start + 1000));
  if (found === null) return undefined;
  return {
    offset: start + found[0].length - 1,
    code: 'syntax',
    message: 'a tab in the indentation',
    expected: 'spaces',
    hint: 'YAML indents with spaces only; set your editor to insert spaces',
  };
}

const ADVICE: readonly (readonly [RegExp, Pick<Fault, 'expected' | 'hint'>])[] = [
  [
    /^bad indentation of a mapping entry/,
    {
      expected: 'a line that starts in the column of the key above it',
      hint: 'does an entry start in another column, or does a value with ": " in it want quotes?',
    },
  ],
  [
    /^bad indentation of a sequence entry/,
    { expected: '"- " in the column of the entries above', hint: 'align the entries of the list' },
  ],
  [
    /^deficient indentation/,
    { expected: 'more spaces at the start of the line', hint: 'is a quote or a bracket above not closed?' },
  ],
  [
    /^expected ':' after a mapping key/,
    { expected: '"key: value"', hint: 'is the colon missing, or the space after it?' },
  ],
  [
    /multiline key may not be an implicit key/,
    { expected: '"key: value"', hint: 'is the colon missing on the line above?' },
  ],
  [/^a whitespace character is expected after the key-value separator/, { expected: 'a space after ":"' }],
  [/^missed comma between flow collection entries/, { expected: '"," between the entries' }],
  [/^expected the node content, but found ','/, { expected: 'a value before the comma' }],
  [
    /^unexpected end of the stream within a flow collection/,
    { expected: '"}" or "]"', hint: 'is the file half-written, or a closing bracket missing?' },
  ],
  [
    /^unexpected end of the (?:stream|document) within a (?:single|double) quoted scalar/,
    { expected: 'a closing quote', hint: 'is the file half-written, or a closing quote missing?' },
  ],
  [
    /^unknown escape sequence/,
    {
      expected: 'an escape such as \\n, \\t or \\u00e9',
      hint: 'write a backslash as \\\\, or use single quotes, in which it means itself',
    },
  ],
  [/^expected hexadecimal character/, { expected: 'hexadecimal digits after \\x, \\u or \\U' }],
  [
    /^unidentified alias/,
    { expected: 'an anchor of this name above', hint: "quote the text if it is meant to start with '*'" },
  ],
  [
    /^unknown (?:scalar|sequence|mapping) tag/,
    { expected: 'no tag', hint: 'remove the tag: only the types of JSON are read' },
  ],
  [
    /non-printable|null byte|valid JSON character/,
    { expected: 'text in UTF-8', hint: 'write the character as an escape in double quotes' },
  ],
  [
    /^end of the stream or a document separator is expected/,
    { expected: 'one map, list or value', hint: 'is a line indented differently from the first?' },
  ],
  [/^name of an (?:anchor|alias)/, { expected: 'a name', hint: "quote a text that starts with '&' or '*'" }],
];
