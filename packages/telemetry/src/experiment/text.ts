import { LONGEST_LINE, readLines } from './lines.ts';

/** Puts the pieces of a source together to lines, whatever a piece is. */
export interface TextReader {
  /** Decoded bytes: a part torn out anywhere. */
  part(text: string): void;
  /** A text as an iterable gave it: a line without its end, several lines, or such a part. */
  piece(text: string): void;
  end(): void;
}

/**
 * Tells lines, as `readLines` does, of pieces that nobody has named lines or parts:
 *
 * - Once a piece has a `\n`, pieces are parts and joined. Until then each is a line, from the first one on that is an
 *   event by itself; what comes before that is held until the one or the other is known.
 * - An event that began at the start of a line and ends with its piece is a line, for lists of lines may lack their last
 *   `\n`. No part is taken for one: what an object begins with is never an object.
 */
export function readTexts(onLine: (line: string | undefined) => void): TextReader {
  const lines = readLines(onLine);
  let are: 'unknown' | 'lines' | 'parts' = 'unknown';
  let held = '';
  let heldPieces = 0;

  function join(text: string): void {
    const fresh = lines.rest() === '' || text.includes('\n');
    lines.push(text);
    // looked at once a line, not at each of its parts
    if (fresh && isEvent(lines.rest())) lines.end();
  }

  function becomeParts(): void {
    are = 'parts';
    lines.push(held);
    held = '';
  }

  /** The pieces held are lines, and no events. */
  function becomeLines(): void {
    are = 'lines';
    for (; heldPieces > 0; heldPieces--) onLine(undefined);
    held = '';
  }

  function hold(text: string): void {
    held += text;
    if (text.trim() !== '') heldPieces++;
  }

  return {
    part(text) {
      if (are !== 'parts') becomeParts();
      lines.push(text);
    },
    piece(text) {
      if (are !== 'parts' && text.includes('\n')) becomeParts();
      if (are === 'parts') return join(text);
      if (are === 'unknown') {
        if (!isEvent(text) && held.length + text.length <= LONGEST_LINE) return hold(text);
        becomeLines();
      }
      lines.push(text);
      lines.end();
    },
    end() {
      if (are === 'unknown') {
        if (isEvent(held)) becomeParts();
        else becomeLines();
      }
      lines.end();
    },
  };
}

/** Whether it is a whole event by itself, as far as that can be told without knowing what is looked for. */
function isEvent(text: string): boolean {
  if (text.length > LONGEST_LINE || !text.trimEnd().endsWith('}')) return false;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && Object.hasOwn(value, 'kind');
  } catch {
    return false;
  }
}
