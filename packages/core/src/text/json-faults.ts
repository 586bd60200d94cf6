import type { Fault } from './fault.ts';

/** An open object or list. */
export interface Container {
  readonly object: boolean;
  /** The offset of its bracket. */
  readonly start: number;
}

/** A string without its closing quote, or with a line break in it. */
export function unterminated(text: string, start: number): Fault {
  const line = text.slice(start).search(/[\r\n]/);
  return {
    offset: start,
    code: 'syntax',
    message: line === -1 ? 'this string is not closed' : 'this string is not closed on its line',
    expected: "'\"' at its end",
    hint: 'inside a string write \\n for a line break and \\t for a tab',
  };
}

/** A comma before a closing bracket. */
export function trailingComma(offset: number): Fault {
  return {
    offset,
    code: 'syntax',
    message: 'a comma after the last entry',
    expected: 'no comma here',
    hint: 'remove the comma, or write YAML, which allows it',
  };
}

function ended(within: Container | undefined, offset: number): Fault {
  const what = within === undefined ? 'the document' : within.object ? 'an object' : 'a list';
  return {
    offset,
    code: 'syntax',
    message: `the text ends within ${what}`,
    expected: within === undefined ? 'a value' : within.object ? '"}"' : '"]"',
    hint: 'is the file half-written, or a closing bracket missing?',
    ...(within === undefined ? {} : { related: within.start }),
  };
}

/** Something else where a comma or a closing bracket belongs. */
export function noComma(text: string, offset: number, within: Container): Fault {
  if (offset >= text.length) return ended(within, offset);
  const comment = asComment(text, offset);
  if (comment !== undefined) return comment;
  const expected = within.object ? '"," or "}"' : '"," or "]"';
  return {
    offset,
    code: 'syntax',
    message: `${seen(text, offset)} after an entry`,
    expected,
    hint: 'is a comma missing?',
  };
}

/** Something else where a key belongs. */
export function noName(text: string, offset: number): Fault {
  const comment = asComment(text, offset);
  if (comment !== undefined) return comment;
  const hint =
    offset < text.length ? 'JSON wants double quotes around keys; YAML wants none' : 'is the file half-written?';
  return {
    offset,
    code: 'syntax',
    message: `${seen(text, offset)} where a key belongs`,
    expected: 'a key in double quotes',
    hint,
  };
}

/** Something else where a value belongs. */
export function noValue(text: string, offset: number, within: Container | undefined): Fault {
  if (offset >= text.length) return ended(within, offset);
  const comment = asComment(text, offset);
  if (comment !== undefined) return comment;
  const word = /^[-+.\w]+/.exec(text.slice(offset, offset + 40))?.[0] ?? '';
  let hint: string | undefined;
  if (text[offset] === "'") hint = 'JSON wants double quotes';
  else if (/^(?:True|False|None|TRUE|FALSE|NULL|Null)$/.test(word)) hint = 'write true, false or null';
  else if (/^[-+]?(?:NaN|Infinity|inf)$/i.test(word)) hint = 'JSON has no such number';
  else if (/^[-+.]?[\d.]/.test(word))
    hint = 'numbers are written like -12.5 or 1e6: no sign "+", no leading zero, no bare point';
  else if (/^[A-Za-z_]/.test(word)) hint = 'put double quotes around text';
  return {
    offset,
    code: 'syntax',
    message: `${seen(text, offset)} where a value belongs`,
    expected: 'a string, a number, true, false, null, "{" or "["',
    ...(hint === undefined ? {} : { hint }),
  };
}

function asComment(text: string, offset: number): Fault | undefined {
  if (!/^(?:\/\/|\/\*|#)/.test(text.slice(offset, offset + 2))) return undefined;
  return {
    offset,
    code: 'syntax',
    message: 'a comment',
    expected: 'no comment',
    hint: 'JSON has no comments; YAML has',
  };
}

/** The word or character at an offset, as shown in a message. */
export function seen(text: string, offset: number): string {
  if (offset >= text.length) return 'the end of the text';
  const word = /^(?:[-+.\w]{1,30}|[\s\S])/u.exec(text.slice(offset, offset + 40))![0];
  return JSON.stringify(word);
}
