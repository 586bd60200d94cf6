import type { Writable } from 'node:stream';
import { FlagError, isRecord } from '@flagwright/core';
import type { Exporter } from '../analytics/exporter.ts';
import { codeOf } from './error-words.ts';
import { linesOf } from './lines.ts';
import { oneAtATime, orGivenUp } from './one-at-a-time.ts';
import { checkedName, recordOf } from './options.ts';

/** Options of `stdoutExporter`. */
export interface StdoutExporterOptions {
  /** Where to write instead of standard output. It is not ended by `close`. */
  readonly stream?: Writable | undefined;
  /** The name in metrics and messages. Default: `stdout`. */
  readonly name?: string | undefined;
}

/** What a stream says that takes nothing any more, ever. */
const OVER: ReadonlySet<unknown> = new Set(['EPIPE', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END']);

/**
 * Prints each item as a line of JSON, on standard output or another stream; for debugging. A batch is taken when the
 * stream has passed it on. A stream that has ended, or that nobody reads any more (`EPIPE`), refuses items for good;
 * other errors are `UNAVAILABLE`. Its errors reach nobody else: no `error` event that a write here causes goes unheard.
 */
export function stdoutExporter<T = unknown>(options: StdoutExporterOptions = {}): Exporter<T> {
  const { stream, name = 'stdout' } = recordOf(options, '{ stream: process.stderr }');
  if (stream !== undefined && !isWritable(stream)) {
    throw new FlagError('INVALID_ARGUMENT', 'stream is no stream that can be written; expected e.g. process.stderr');
  }
  let last: Promise<void> = Promise.resolve();
  let print: ((text: string) => Promise<void>) | undefined;
  return {
    name: checkedName(name),
    export: oneAtATime(async (items) => {
      const text = linesOf(items);
      // standard output is not opened before it is needed
      print ??= printer(stream ?? process.stdout);
      const printed = print(text);
      last = printed.catch(() => undefined);
      await printed;
    }),
    flush: (signal) => orGivenUp(last, signal),
  };
}

function isWritable(stream: unknown): boolean {
  return isRecord(stream) && [stream.write, stream.on, stream.off].every((method) => typeof method === 'function');
}

/** Writes texts to a stream, one after another, each to its end. */
function printer(stream: Writable): (text: string) => Promise<void> {
  let fail: (thrown: unknown) => void = () => undefined;
  const onError = (thrown: unknown): void => {
    stream.off('error', onError);
    fail(thrown);
  };
  const onClose = (): void => fail({ code: 'ERR_STREAM_DESTROYED' });
  return (text) =>
    new Promise((resolve, reject) => {
      fail = (thrown) => {
        stream.off('close', onClose);
        reject(streamError(thrown));
      };
      if (stream.writable === false) return fail({ code: 'ERR_STREAM_DESTROYED' });
      // it may be there still: after a write has failed it waits for the event that follows, and that may never come
      if (!stream.listeners('error').includes(onError)) stream.on('error', onError);
      stream.on('close', onClose);
      try {
        stream.write(text, (thrown) => {
          if (thrown) return fail(thrown);
          stream.off('error', onError).off('close', onClose);
          resolve();
        });
      } catch (thrown) {
        stream.off('error', onError);
        fail(thrown);
      }
    });
}

function streamError(thrown: unknown): FlagError {
  const code = codeOf(thrown);
  if (OVER.has(code)) return new FlagError('INVALID_ARGUMENT', `the stream is closed, or nobody reads it (${code})`);
  return new FlagError('UNAVAILABLE', `the stream could not be written${code === '' ? '' : ` (${code})`}`, {
    cause: thrown,
  });
}
