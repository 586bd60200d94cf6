import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { type EvaluationContext, suggest } from '@flagwright/core';
import { CommandError, EXIT } from '../errors/command-error.ts';
import { UsageError } from '../errors/usage-error.ts';
import type { World } from '../world.ts';
import { type ColumnType, put } from './columns.ts';
import type { Contexts } from './contexts.ts';
import { textOf } from './lines.ts';
import { type Format, READERS, type ReadOptions } from './readers.ts';

export interface FileOptions extends Omit<ReadOptions, 'header'> {
  /** What was said of columns. */
  readonly types: ReadonlyMap<string, ColumnType>;
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
  const names = new Set<string>();
  return {
    title,
    sampled: false,
    count: undefined,
    names,
    async *batches() {
      const [format, pieces] = await formatOf(textOf(bytesOf(world, file, options.signal), title), title);
      const { key, types } = options;
      if (format !== 'csv' && types.size > 0) {
        throw new UsageError(`--types is for columns of CSV, and ${title} is none`);
      }
      const header = (columns: readonly string[]): void => {
        for (const column of columns) names.add(column);
        const unknown = [...types.keys()].find((name) => !names.has(name));
        if (unknown !== undefined) throw noSuchColumn('types', unknown, title, names);
        if (key !== undefined && !names.has(key)) throw noSuchColumn('key', key, title, names);
      };
      let unkeyed = key !== undefined;
      for await (const batch of READERS[format](pieces, title, { ...options, header })) {
        if (format !== 'csv' && names.size < SOME) for (const context of batch) addNames(names, context);
        if (key === undefined) yield batch;
        else {
          unkeyed &&= !batch.some((context) => Object.hasOwn(context, key));
          yield batch.map((context) => keyed(context, key));
        }
      }
      if (unkeyed && key !== undefined && names.size > 0 && format !== 'csv')
        throw noSuchColumn('key', key, title, names);
    },
  };
}

/** Of the attributes of contexts that are not in columns, about so many are told. */
const SOME = 100;

function addNames(names: Set<string>, context: EvaluationContext): void {
  for (const name of Object.keys(context)) {
    if (names.size >= SOME) return;
    names.add(name);
  }
}

const SHOWN = 20;

/** An option that names an attribute that no context has, with those there are. */
export function noSuchColumn(option: string, name: string, title: string, names: ReadonlySet<string>): UsageError {
  const near = suggest(name, [...names]);
  const all = [...names].slice(0, SHOWN).map((one) => JSON.stringify(one));
  const more = names.size > SHOWN ? ', …' : '';
  return new UsageError(`--${option} names ${JSON.stringify(name)}, which no context has: ${title}`, [
    ...(near === undefined ? [] : [`Did you mean ${JSON.stringify(near)}?`]),
    names.size === 0 ? 'They have no attributes' : `There are ${all.join(', ')}${more}`,
  ]);
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
