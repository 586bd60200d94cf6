import { FlagError, type FlagErrorCode, isRecord } from '@flagwright/core';
import { wordIn } from '../error-words.ts';

/** An error of a broker that is more than a failure: its name and number in the protocol, and what it means for a batch. */
type Meaning = readonly [name: string, number: number, code: FlagErrorCode, words: string];

/** https://kafka.apache.org/protocol#protocol_error_codes; the negative ones are librdkafka's own. */
const MEANINGS: readonly Meaning[] = [
  ['UNKNOWN_TOPIC_OR_PARTITION', 3, 'NOT_FOUND', 'there is no such topic'],
  ['MESSAGE_TOO_LARGE', 10, 'TOO_LARGE', 'the broker takes no batch of that size'],
  ['INVALID_TOPIC_EXCEPTION', 17, 'UNSUPPORTED', 'there can be no such topic'],
  ['RECORD_LIST_TOO_LARGE', 18, 'TOO_LARGE', 'the broker takes no batch of that size'],
  ['TOPIC_AUTHORIZATION_FAILED', 29, 'UNAUTHORIZED', 'the broker refused access to the topic'],
  ['CLUSTER_AUTHORIZATION_FAILED', 31, 'UNAUTHORIZED', 'the broker refused access'],
  ['INVALID_TIMESTAMP', 32, 'INVALID_ARGUMENT', 'the broker refused the time of a record'],
  ['UNSUPPORTED_SASL_MECHANISM', 33, 'UNAUTHORIZED', 'the broker refused the credentials'],
  ['SASL_AUTHENTICATION_FAILED', 58, 'UNAUTHORIZED', 'the broker refused the credentials'],
  ['INVALID_RECORD', 87, 'INVALID_ARGUMENT', 'the broker refused a record'],
  ['_AUTHENTICATION', -169, 'UNAUTHORIZED', 'the broker refused the credentials'],
  ['KafkaJSSASLAuthenticationError', Number.NaN, 'UNAUTHORIZED', 'the broker refused the credentials'],
];

/**
 * What a producer threw, in our words: those of the client may name brokers and users. `retriable: false` is no verdict:
 * `kafkajs` says so, too, when it has tried often enough, and a broker that is gone may come back.
 */
export function kafkaError(thrown: unknown): FlagError {
  if (thrown instanceof FlagError) return thrown;
  const chain = chainOf(thrown);
  for (const { type, code, name } of chain) {
    const found = MEANINGS.find(([word, number]) => word === type || word === name || number === code);
    if (found !== undefined) return new FlagError(found[2], `${found[3]} (${found[0]})`);
  }
  const words = chain.flatMap(({ name, type, code }) => [name, type, code]).map(wordOrNumber);
  const told = [...new Set(words.filter((word) => word !== '' && word !== 'Error'))].join(', ');
  return new FlagError('UNAVAILABLE', `Kafka did not take the events${told === '' ? '' : ` (${told})`}`);
}

function wordOrNumber(value: unknown): string {
  return Number.isSafeInteger(value) ? String(value) : wordIn(value);
}

/** An error and what caused it, as far as anybody will look. */
function chainOf(thrown: unknown): readonly Readonly<Record<string, unknown>>[] {
  const chain: Readonly<Record<string, unknown>>[] = [];
  for (let error = thrown; isRecord(error) && chain.length < 5; error = error.cause ?? error.originalError) {
    chain.push(error);
  }
  return chain;
}
