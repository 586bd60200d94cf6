import type { Mark } from './template-marks.ts';
import { escaped, jsonScalar, yamlScalar, yamlText } from './template-scalar.ts';

/** How a text is filled in. */
export interface Filling {
  /** JSON, and not YAML. */
  readonly json: boolean;
  /** What a mark stands for; undefined if it stays as it is. */
  meant(mark: Mark, inComment: boolean): string | undefined;
  /** Told of a value that cannot stand where it should. */
  fault(mark: Mark, message: string): void;
}

/** A block of text that is being read. */
interface Block {
  /** Of the line that it begins in. */
  readonly parent: number;
  readonly folded: boolean;
  /** Of its lines; undefined before the first one. */
  indent: number | undefined;
  /** Whether it holds JSON, as targeting does. */
  json: boolean;
  inString: boolean;
}

/**
 * A text with its marks filled in, each as it must be where it stands: a whole scalar becomes one; within quotes it is
 * escaped as these want it; within a block of text it is text, or JSON where the block is; in a comment it is whatever it is.
 *
 * YAML is read as far as it takes to tell these apart. Marks are in the order of the text.
 */
export function fillText(text: string, marks: readonly Mark[], filling: Filling): string {
  let out = '';
  /** As much of the text is in `out`. */
  let copied = 0;
  let next = 0;
  let quote: '"' | "'" | undefined;
  let flow = 0;
  let block: Block | undefined;
  /** Whether the last line ended within a plain scalar, which may go on. */
  let open = false;

  const markAt = (at: number): Mark | undefined => {
    while (next < marks.length && marks[next]!.start < at) next++;
    return marks[next]?.start === at ? marks[next] : undefined;
  };
  const replace = (from: number, to: number, by: string): void => {
    out += text.slice(copied, from) + by;
    copied = to;
  };
  const fill = (mark: Mark, as: (value: string) => string, inComment = false): number => {
    const value = filling.meant(mark, inComment);
    if (value !== undefined) replace(mark.start, mark.end, as(value));
    return mark.end;
  };

  const comment = (from: number, to: number): void => {
    for (let at = from; at < to; at++) {
      const mark = markAt(at);
      if (mark !== undefined) at = fill(mark, (value) => value.replace(/[\n\r]+/g, ' '), true) - 1;
    }
  };

  const blockLine = (own: Block, from: number, to: number): void => {
    for (let at = from; at < to; ) {
      const mark = markAt(at);
      if (mark !== undefined) {
        at = fill(mark, (value) => {
          if (own.json) return own.inString ? escaped(value) : jsonScalar(value);
          if (own.folded && /[\n\r]/.test(value))
            filling.fault(mark, `the value of ${mark.text} has several lines; use a block with | and not >`);
          return value.replace(/\r?\n/g, `\n${' '.repeat(own.indent ?? 0)}`);
        });
        continue;
      }
      if (own.inString && text[at] === '\\') at++;
      else if (text[at] === '"') own.inString = !own.inString;
      at++;
    }
  };

  const quotedPart = (from: number, to: number): number => {
    for (let at = from; at < to; ) {
      const mark = markAt(at);
      if (mark !== undefined) {
        at = fill(mark, (value) => {
          if (quote === '"') return escaped(value);
          // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what single quotes cannot hold
          if (/[\u0000-\u001f\u007f-\u009f]/.test(value))
            filling.fault(
              mark,
              `the value of ${mark.text} has several lines, or control characters; use double quotes`,
            );
          return value.replaceAll("'", "''");
        });
      } else if (quote === '"' && text[at] === '\\') at += 2;
      else if (quote === "'" && text[at] === "'" && text[at + 1] === "'") at += 2;
      else if (text[at++] === quote) {
        quote = undefined;
        return at;
      }
    }
    return to;
  };

  /** Where a plain scalar ends; marks are a part of it, whatever they hold. */
  const plainEnd = (from: number, to: number): { readonly end: number; readonly own: readonly Mark[] } => {
    const own: Mark[] = [];
    let end = from;
    for (let at = from; at < to; ) {
      const mark = markAt(at);
      if (mark !== undefined) {
        own.push(mark);
        at = end = mark.end;
        continue;
      }
      const character = text[at]!;
      const after = at + 1 < to ? text[at + 1]! : ' ';
      if (character === ':' && (isBlank(after) || (flow > 0 && ',[]{}'.includes(after)))) break;
      if (flow > 0 && ',[]{}'.includes(character)) break;
      if (character === '#' && isBlank(text[at - 1]!) && at > from) break;
      at++;
      if (!isBlank(character)) end = at;
    }
    return { end, own };
  };

  const plain = (from: number, to: number, continues: boolean): number => {
    const { end, own } = plainEnd(from, to);
    if (own.length === 0) return end;
    const whole = own.length === 1 && own[0]!.start === from && own[0]!.end === end;
    let filled = '';
    let done = from;
    for (const mark of own) {
      const value = filling.meant(mark, false);
      filled += text.slice(done, mark.start) + (value ?? mark.text);
      done = mark.end;
      // what stays as it is stays with all around it
      if (value === undefined) return end;
    }
    filled += text.slice(done, end);
    const scalar = filling.json
      ? whole
        ? jsonScalar(filled)
        : filled
      : whole
        ? yamlScalar(filled, flow > 0)
        : yamlText(filled, flow > 0);
    const isKey = /^[ \t]*:/.test(text.slice(end, to));
    if (scalar !== filled && continues && !isKey) {
      filling.fault(
        own[0]!,
        `the value of ${own[0]!.text} cannot go on in a text of several lines; put that text in quotes`,
      );
    }
    replace(from, end, scalar);
    return end;
  };

  const line = (from: number, to: number, indent: number): void => {
    let at = from;
    let isFirst = true;
    let ended = open;
    if (quote === undefined && /^---(?:\s|$)/.test(text.slice(from, Math.min(to, from + 4)))) {
      at += 3;
      ended = open = false;
    }
    while (at < to) {
      if (quote !== undefined) {
        at = quotedPart(at, to);
        ended = false;
        isFirst = false;
        continue;
      }
      const character = text[at]!;
      if (isBlank(character)) {
        at++;
        continue;
      }
      if (character === '#' && (at === from || isBlank(text[at - 1]!))) {
        comment(at, to);
        break;
      }
      const after = at + 1 < to ? text[at + 1]! : ' ';
      const isMark = markAt(at) !== undefined;
      ended = false;
      if (!isMark && (character === '"' || character === "'")) {
        quote = character;
        at++;
      } else if (!isMark && '[{'.includes(character)) {
        flow++;
        at++;
      } else if (flow > 0 && ']},'.includes(character)) {
        if (character !== ',') flow--;
        at++;
      } else if ((character === ':' && (flow > 0 || isBlank(after))) || ('-?'.includes(character) && isBlank(after))) {
        at++;
      } else if (flow === 0 && '|>'.includes(character) && /^[|>][-+\d]{0,2}\s*(?:\s#.*)?$/.test(text.slice(at, to))) {
        block = { parent: indent, folded: character === '>', indent: undefined, json: false, inString: false };
        break;
      } else if ('&!'.includes(character)) {
        while (at < to && !isBlank(text[at]!)) at++;
      } else {
        at = plain(at, to, isFirst && open);
        ended = true;
      }
      isFirst = false;
    }
    open = ended;
  };

  for (let from = 0; from < text.length; ) {
    const found = text.indexOf('\n', from);
    const to = found < 0 ? text.length : found;
    let indent = 0;
    while (text[from + indent] === ' ') indent++;
    const isEmpty = text.slice(from + indent, to).trim() === '';
    if (block !== undefined && !isEmpty) {
      const first = from + indent;
      if (block.indent === undefined && indent > block.parent) {
        block.indent = indent;
        block.json = '{['.includes(text[first]!) && markAt(first) === undefined;
      }
      if (block.indent === undefined || indent < block.indent) block = undefined;
    }
    if (block !== undefined) blockLine(block, from, to);
    else if (!isEmpty) line(from, to, indent);
    from = to + 1;
  }
  return out + text.slice(copied);
}

const isBlank = (character: string): boolean => character === ' ' || character === '\t' || character === '\r';
