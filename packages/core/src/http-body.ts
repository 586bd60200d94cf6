import { FlagError } from './error.ts';

/**
 * A whole body, read no further than `maxBytes` of what it unpacks to; `progress` is called at each chunk. Throws
 * `FlagError('TOO_LARGE')`.
 */
export async function readBytes(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  progress: () => void = () => undefined,
): Promise<Uint8Array> {
  if (body === null) return new Uint8Array();
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks, length);
    progress();
    length += value.length;
    if (length > maxBytes) {
      reader.cancel().catch(() => undefined);
      throw new FlagError(
        'TOO_LARGE',
        `the body has more than ${maxBytes} bytes. Hint: raise maxBytes if that is meant`,
      );
    }
    chunks.push(value);
  }
}

/** The text of UTF-8 bytes. Throws `FlagError('PARSE_ERROR')` if they are none. */
export function utf8Of(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new FlagError('PARSE_ERROR', 'the body is not UTF-8. Hint: write and send it as UTF-8', { cause });
  }
}
