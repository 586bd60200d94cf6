import { EVENT_ID, parseEvents } from 'js-yaml';
import { MAX_DEPTH } from '../json.ts';

/** A comment of a YAML text. */
export interface YamlComment {
  /** Where its `#` stands, in UTF-16 code units from the start of the text. */
  readonly offset: number;
  /** From the `#` to the end of the line. */
  readonly text: string;
}

/**
 * The comments of a YAML text of any number of documents, in their order: what merely looks like one within a value, as
 * in a block or between quotes, is none. None of a text that is no YAML, and none of JSON.
 */
export function yamlComments(text: string): readonly YamlComment[] {
  if (!text.includes('#')) return [];
  const comments: YamlComment[] = [];
  let from = 0;
  const lookUntil = (end: number): void => {
    for (const { 0: comment, index } of text.slice(from, end).matchAll(COMMENT)) {
      comments.push({ offset: from + index, text: comment });
    }
  };
  try {
    for (const event of parseEvents(text, { maxDepth: MAX_DEPTH + 1 })) {
      if (event.type !== EVENT_ID.SCALAR || event.valueStart === -1) continue;
      lookUntil(event.valueStart);
      from = event.valueEnd;
    }
  } catch {
    return [];
  }
  lookUntil(text.length);
  return comments;
}

/** What is outside of values: a `#` there starts a comment, unless it is within the name of a tag or an anchor. */
const COMMENT = /(?<=^|[ \t\r\n])#[^\r\n]*/g;
