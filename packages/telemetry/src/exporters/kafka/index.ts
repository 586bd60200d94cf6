import { FlagError } from '@flagwright/core';
import type { Exporter } from '../../analytics/exporter.ts';
import { oneAtATime } from '../one-at-a-time.ts';
import { whenConfirmed } from './confirmed.ts';
import { kafkaError } from './kafka-error.ts';
import { type KafkaMessage, messageOf, sizeOf } from './message.ts';
import { checkedOptions, type KafkaExporterOptions } from './options.ts';

export type { KafkaMessage } from './message.ts';
export type { KafkaExporterOptions, KafkaProducer } from './options.ts';

/**
 * Sends items to a topic of Kafka as JSON, with the key of their user: so the events of one user stay in order. At least
 * once: where a batch goes to several partitions and some fail, it is sent again to all.
 *
 * `export` rejects with `FlagError`: `TOO_LARGE`, `INVALID_ARGUMENT` (a record that the broker calls invalid, a `send` that
 * returns no promise), `UNAUTHORIZED`, `NOT_FOUND` (no such topic), `UNSUPPORTED` (a topic that cannot be), otherwise
 * `UNAVAILABLE`. Messages tell the kind of error and nothing that the client said. Throws `INVALID_ARGUMENT` for bad
 * options.
 */
export function kafkaExporter<T = unknown>(options: KafkaExporterOptions<T>): Exporter<T> {
  const { producer, settings, key, headers, maxBytes, name } = checkedOptions(options);

  function messagesOf(items: readonly T[]): KafkaMessage[] {
    let bytes = 0;
    return items.map((item) => {
      const message = messageOf(item, key, headers);
      bytes += sizeOf(message);
      if (bytes <= maxBytes) return message;
      const what = items.length === 1 ? 'the message has' : `the ${items.length} messages have`;
      throw new FlagError('TOO_LARGE', `${what} more than ${maxBytes} bytes`);
    });
  }

  return {
    name,
    // a send that was given up goes on: the client knows no way to stop it
    export: oneAtATime(async (items) => {
      const messages = messagesOf(items);
      try {
        await whenConfirmed(producer.send({ ...settings, messages }));
      } catch (thrown) {
        throw kafkaError(thrown);
      }
    }),
  };
}
