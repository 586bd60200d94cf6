import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import type { EvaluationContext } from '@flagwright/core';
import { CommandError, EXIT } from '../errors/command-error.ts';
import type { World } from '../world.ts';
import { put } from './columns.ts';
import type { Contexts } from './contexts.ts';
import { textOf } from './lines.ts';
import { type Format, READERS, type ReadOptions } from './readers.ts';

export interface FileOptions extends ReadOptions {
  /** The attribute that is the targeting key; undefined: `targetingKey` or `key`. */
  readonly key: string | undefined;
  /** Ends a stream that nothing comes from. */
  readonly signal: AbortSignal;
}

/**
 * Contexts of a file, or of `-`, the standard input: JSON Lines and CSV are read as a stream, lists of JSON or YAML as a
 * whole. What it is tells the name of the file, else the first character.
 */
export function fileContexts(world: World, file: string, options: FileOptions): Contexts {
  const title = file === '-' ? '<stdin>' : file;
  return {
    title,
    sampled: false,
    count: undefined,
    async *batches() {
      const [format, pieces] = await formatOf(textOf(bytesOf(world, file, options.signal), title), title);
      const { key } = options;
      for await (const batch of READERS[format](pieces, title, options)) {
        yield key === undefined ? batch : batch.map((context) => keyed(context, key));
      }
    },
  };
}

async function* bytesOf(world: World, file: string, signal: AbortSignal): AsyncGenerator<Uint8Array | string> {
  if (file === '-') {
    if (world.stream === undefined) yield await world.input();
    else yield* world.stream(signal);
    return;
  }
  try {
    yield* createReadStream(resolve(world.cwd, file), { signal, highWaterMark: 2 ** 18 });
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new CommandError(EXIT.notFound, `there is no file ${file}`);
    if (code === undefined || code === 'ABORT_ERR') throw thrown;
    throw new CommandError(EXIT.failed, `${file} cannot be read (${code})`);
  }
}

/** The format, and the text from its start. */
async function formatOf(
  pieces: AsyncGenerator<string>,
  file: string,
): Promise<readonly [Format, AsyncIterable<string>]> {
  let start = '';
  while (start.trim() === '') {
    const { value, done } = await pieces.next();
    if (done === true) break;
    start = start.trim() + value;
  }
  const whole = async function* (): AsyncGenerator<string> {
    yield start;
    yield* pieces;
  };
  const [, extension = ''] = /\.([^./]+)$/.exec(file.toLowerCase()) ?? [];
  const first = start.trimStart()[0] ?? '';
  const named: Format | undefined =
    extension === 'csv' || extension === 'tsv'
      ? 'csv'
      : extension === 'jsonl' || extension === 'ndjson'
        ? 'lines'
        : extension === 'yaml' || extension === 'yml'
          ? 'list'
          : undefined;
  return [named ?? (first === '{' ? 'lines' : first === '[' || first === '-' ? 'list' : 'csv'), whole()];
}

/** A context with its targeting key under the name that flags look for. */
function keyed(context: EvaluationContext, key: string): EvaluationContext {
  const found: Record<string, unknown> = {};
  for (const name of Object.keys(context)) put(found, name, context[name]);
  const value = Object.hasOwn(context, key) ? context[key] : undefined;
  if (value === undefined || value === null) return found;
  found.targetingKey = typeof value === 'number' ? String(value) : value;
  return found;
}
