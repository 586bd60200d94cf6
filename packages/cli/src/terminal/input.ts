import { CommandError, EXIT } from '../errors/command-error.ts';

/** As much of a standard input is read, in bytes. */
const MOST = 64 * 2 ** 20;

/** All of a stream as text. Throws `CommandError` if it is not UTF-8, or too large. */
export async function textOfStream(stream: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk as string);
    size += bytes.length;
    if (size > MOST) throw new CommandError(EXIT.invalid, `the standard input has more than ${MOST} bytes`);
    chunks.push(bytes);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new CommandError(EXIT.invalid, 'the standard input is not UTF-8');
  }
}
