/** A longer line is none of ours, and not held in memory. In UTF-16 code units. */
export const LONGEST_LINE: number = 8 * 1024 * 1024;

/** Puts pieces of text together to lines. */
export interface LineReader {
  push(text: string): void;
  /** What was pushed after the last end of a line. */
  rest(): string;
  /** What was pushed last was the end: a line without its end is one, too. */
  end(): void;
}

/** Tells lines without their `\n` (a `\r` before it is nothing to JSON); one that is too long as undefined. */
export function readLines(onLine: (line: string | undefined) => void): LineReader {
  let rest = '';
  let skipping = false;

  function tell(line: string): void {
    if (skipping) skipping = false;
    else onLine(line);
  }

  return {
    push(text) {
      let start = 0;
      for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
        tell(rest + text.slice(start, end));
        rest = '';
        start = end + 1;
      }
      if (skipping) return;
      rest += text.slice(start);
      if (rest.length > LONGEST_LINE) {
        onLine(undefined);
        rest = '';
        skipping = true;
      }
    },
    rest: () => rest,
    end() {
      if (rest !== '') tell(rest);
      rest = '';
      skipping = false;
    },
  };
}
