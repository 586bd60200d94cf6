import { CommandError, EXIT } from '../errors/command-error.ts';

/** No line is longer, in characters. */
const MOST = 2 ** 20;

/** A line of a file, and where it is, counting from 1. */
export interface Line {
  readonly text: string;
  readonly line: number;
}

/** A stream of bytes as text. Throws `CommandError` where it is not UTF-8. */
export async function* textOf(
  bytes: AsyncIterable<Uint8Array | string>,
  file: string,
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decoded = (chunk?: Uint8Array): string => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch {
      throw new CommandError(EXIT.invalid, `${file} is not UTF-8`, ['Save it as UTF-8']);
    }
  };
  for await (const chunk of bytes) yield typeof chunk === 'string' ? chunk : decoded(chunk);
  yield decoded();
}

/**
 * The lines of a text that comes in pieces, as they become whole; many at once, for a step of a stream costs more than a
 * line does. Throws `CommandError` for a line that is too long to be one.
 */
export async function* linesOf(
  pieces: AsyncIterable<string>,
  file: string,
): AsyncGenerator<readonly Line[], void, undefined> {
  let [rest, line] = ['', 0];
  for await (const piece of pieces) {
    const parts = (rest + piece).split('\n');
    rest = parts.pop()!;
    if (rest.length > MOST) {
      throw new CommandError(
        EXIT.invalid,
        `${file}:${line + parts.length + 1}: a line of more than ${MOST} characters`,
        ['Is each context on a line of its own?'],
      );
    }
    if (parts.length > 0) yield parts.map((text) => ({ text, line: ++line }));
  }
  if (rest !== '') yield [{ text: rest, line: line + 1 }];
}
