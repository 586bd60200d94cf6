import { createInterface } from 'node:readline/promises';

/** Asks on a terminal; resolves to the line that was typed, undefined at the end of the input. */
export async function askOn(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  question: string,
): Promise<string | undefined> {
  const lines = createInterface({ input, output });
  const ended = new Promise<undefined>((resolve) => {
    lines.once('close', () => resolve(undefined));
  });
  // ctrl-C is the end, too
  lines.once('SIGINT', () => lines.close());
  try {
    return await Promise.race([lines.question(question), ended]);
  } finally {
    lines.close();
  }
}
