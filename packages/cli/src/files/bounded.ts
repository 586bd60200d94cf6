import { open } from 'node:fs/promises';

/** As much of a file, or of the standard input, is read as a whole, in bytes. */
export const MOST_BYTES: number = 64 * 2 ** 20;

/** All of a stream; undefined if it has more than `most` bytes, of which no more are then read. */
export async function bytesWithin(
  stream: AsyncIterable<Uint8Array | string>,
  most: number = MOST_BYTES,
): Promise<Uint8Array | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk as string);
    size += bytes.length;
    if (size > most) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/**
 * All of a file; undefined if it has more than `most` bytes. What its size is said to be does not count: a device and a pipe
 * have none, and a file may grow. Rejects with what the system says.
 */
export async function fileWithin(path: string, most: number = MOST_BYTES): Promise<Uint8Array | undefined> {
  const file = await open(path);
  try {
    return await bytesWithin(file.createReadStream({ autoClose: false, highWaterMark: 2 ** 18 }), most);
  } finally {
    await file.close();
  }
}
