import { preview } from '@flagwright/core';
import { checkCharacters, refusal } from './refusal.ts';

/** How a field is compared with one value. */
export type Sign = '=' | '!=' | '~' | '!~' | '<' | '<=' | '>' | '>=';

/** A part of a filter; `at` is where it begins, in UTF-16 units. */
export type Token =
  | { readonly kind: 'word'; readonly text: string; readonly at: number }
  /** In quotes; the text is what they mean. */
  | { readonly kind: 'quoted'; readonly text: string; readonly at: number }
  | { readonly kind: 'sign'; readonly text: Sign; readonly at: number }
  | { readonly kind: 'mark'; readonly text: '(' | ')' | ','; readonly at: number }
  | { readonly kind: 'end'; readonly text: undefined; readonly at: number };

const SIGNS: ReadonlySet<string> = new Set<Sign>(['=', '!=', '~', '!~', '<', '<=', '>', '>=']);
const isSign = (run: string): run is Sign => SIGNS.has(run);

/** What those meant who write it as elsewhere. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['==', 'for equality write ='],
  ['===', 'for equality write ='],
  ['!==', 'for inequality write !='],
  ['<>', 'for inequality write !='],
  ['=~', 'for "contains" write ~'],
  ['~=', 'for "contains" write ~'],
  ['~~', 'for "contains" write ~'],
  ['=<', 'write <='],
  ['=>', 'write >='],
  ['!', 'write not'],
]);

const SPACE = /\s/u;
const SIGN = /[=!~<>]/;
/** What ends a bare word. */
const BREAK = /[\s=!~<>(),'"]/u;
const CURLY = /[\u2018-\u201f]/;
const HEX = /^[0-9a-fA-F]{4}$/;
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/**
 * The parts of a filter, the last being its end; one look at each character. Throws `Problem('INVALID_ARGUMENT')` at the
 * first that is none.
 */
export function* tokensOf(text: string): Generator<Token, undefined> {
  let at = 0;
  while (at < text.length) {
    const first = text[at]!;
    const from = at;
    if (SPACE.test(first)) {
      at++;
    } else if (first === '(' || first === ')' || first === ',') {
      at++;
      yield { kind: 'mark', text: first, at: from };
    } else if (first === '"' || first === "'") {
      const quoted = quotedAt(text, at);
      at = quoted.next;
      yield { kind: 'quoted', text: quoted.value, at: from };
    } else if (SIGN.test(first)) {
      while (at < text.length && SIGN.test(text[at]!)) at++;
      yield { kind: 'sign', text: signOf(text, from, text.slice(from, at)), at: from };
    } else {
      while (at < text.length && !BREAK.test(text[at]!)) at++;
      yield { kind: 'word', text: wordOf(text, from, text.slice(from, at)), at: from };
    }
  }
  yield { kind: 'end', text: undefined, at };
}

function signOf(text: string, at: number, run: string): Sign {
  if (isSign(run)) return run;
  throw refusal('filter', text, at, {
    found: run,
    wrong: 'is no operator',
    expected: `one of ${[...SIGNS].join(' ')}`,
    hint: ELSEWHERE.get(run) ?? 'put a value with such characters in quotes',
  });
}

function wordOf(text: string, at: number, word: string): string {
  checkCharacters('filter', text, at, word);
  if (!CURLY.test(word[0]!)) return word;
  throw refusal('filter', text, at, {
    found: word,
    wrong: 'begins with a curly quotation mark',
    expected: 'straight ones',
    hint: `write " or '; if the mark is part of the value, put it in those`,
  });
}

function quotedAt(text: string, from: number): { readonly value: string; readonly next: number } {
  const quote = text[from];
  const parts: string[] = [];
  let at = from + 1;
  while (at < text.length) {
    const char = text[at]!;
    if (char === quote) {
      const value = parts.join('');
      checkCharacters('filter', text, from, value);
      return { value, next: at + 1 };
    }
    const escaped = char === '\\' ? escapeAt(text, at) : undefined;
    parts.push(escaped?.value ?? char);
    at = escaped?.next ?? at + 1;
  }
  throw refusal('filter', text, text.length, {
    found: undefined,
    expected: `a closing ${quote} for ${preview(text.slice(from, from + 20))}`,
    hint: `within the quotation marks, write \\${quote} for ${quote}`,
  });
}

function escapeAt(text: string, at: number): { readonly value: string; readonly next: number } {
  const letter = text[at + 1] ?? '';
  const plain = ESCAPES.get(letter);
  if (plain !== undefined) return { value: plain, next: at + 2 };
  const hex = letter === 'u' ? text.slice(at + 2, at + 6) : '';
  if (HEX.test(hex)) return { value: String.fromCharCode(Number.parseInt(hex, 16)), next: at + 6 };
  throw refusal('filter', text, at, {
    found: text.slice(at, at + 2 + hex.length),
    wrong: 'is no escape',
    expected: `one of ${[...ESCAPES.keys()].map((one) => `\\${one}`).join(' ')} \\u with four hex digits`,
    hint: 'for a backslash write \\\\',
  });
}
