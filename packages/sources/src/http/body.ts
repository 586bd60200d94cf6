import { FlagError } from '@flagwright/core';

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
export function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new FlagError('PARSE_ERROR', 'the body is not UTF-8. Hint: write and send it as UTF-8', { cause });
  }
}

/** Whether JSON text nests deeper than `most`: told before it is parsed, for parsing what is deep takes long. */
export function isDeep(text: string, most: number): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case QUOTE:
        i = endOfString(text, i + 1);
        break;
      case OPEN_LIST:
      case OPEN_OBJECT:
        if (++depth > most) return true;
        break;
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        depth--;
        break;
      default:
    }
  }
  return false;
}

const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d];

/** The offset of the quote that closes a string, or the end of the text. */
function endOfString(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) return i;
    if (code === BACKSLASH) i++;
  }
  return text.length;
}
