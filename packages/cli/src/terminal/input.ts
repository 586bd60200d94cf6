import { CommandError, EXIT } from '../errors/command-error.ts';
import { bytesWithin, MOST_BYTES } from '../files/bounded.ts';

/** All of a stream as text. Throws `CommandError` if it is not UTF-8, or too large. */
export async function textOfStream(stream: AsyncIterable<Uint8Array | string>): Promise<string> {
  const bytes = await bytesWithin(stream);
  if (bytes === undefined) throw new CommandError(EXIT.invalid, `the standard input has more than ${MOST_BYTES} bytes`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new CommandError(EXIT.invalid, 'the standard input is not UTF-8');
  }
}
