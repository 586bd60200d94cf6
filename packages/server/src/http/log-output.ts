/** The part of a writable stream that is used here. */
export interface LineStream {
  /** The bytes that wait in it. */
  readonly writableLength: number;
  write(text: string, done: (error?: Error | null) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** Where lines go that may be lost, and must hold up nobody. */
export interface LineOutput {
  /** Takes a line, with its end. Never throws, and waits for nothing. */
  write(text: string): void;
  /** How many lines were lost so far. */
  dropped(): number;
}

/** So many bytes may wait for a reader that is slow, or has come to a halt. */
const MOST_WAITING = 2 ** 20;

/**
 * Lines to a stream that may break and work again, as the standard streams of a process do: on a full disk, without a
 * reader, with one that does not read. What cannot be written meanwhile is dropped; the first line after that is preceded
 * by `told` of how many were.
 */
export function lineOutput(
  stream: LineStream,
  told: (dropped: number) => string,
  mostWaiting: number = MOST_WAITING,
): LineOutput {
  let dropped = 0;
  let untold = 0;
  let broken = false;
  // who writes is told by the callback; without a listener it would end the process
  stream.on('error', () => undefined);
  return {
    write(text) {
      if (stream.writableLength > mostWaiting) {
        dropped++;
        untold++;
        return;
      }
      const telling = untold;
      untold = 0;
      // of the line that broke it, a part may have been written
      const before = telling === 0 ? '' : `${broken ? '\n' : ''}${told(telling)}`;
      broken = false;
      stream.write(before + text, (error) => {
        if (error === null || error === undefined) return;
        broken = true;
        dropped++;
        untold += telling + 1;
      });
    },
    dropped: () => dropped,
  };
}
