import { isRecord } from '@flagwright/core';
import { toJson } from '../../analytics/json.ts';

/** A message as `kafkajs` takes it. */
export interface KafkaMessage {
  key: string | null;
  value: string;
  headers?: Record<string, string>;
  /** Ms since the epoch. */
  timestamp?: string;
}

/** What Kafka's record format adds to key, value and headers at most, about. */
const AROUND = 64;

/** An item as a message: its JSON, its key, and its own time if it has one. */
export function messageOf<T>(
  item: T,
  key: ((item: T) => string | null) | undefined,
  headers: Readonly<Record<string, string>> | undefined,
): KafkaMessage {
  const message: KafkaMessage = { key: keyOf(item, key), value: toJson(item) };
  if (headers !== undefined) message.headers = { ...headers };
  const at = isRecord(item) && typeof item.timestamp === 'string' ? Date.parse(item.timestamp) : Number.NaN;
  if (at >= 0) message.timestamp = String(at);
  return message;
}

/** Bytes of a message in a batch, a few too many. */
export function sizeOf({ key, value, headers = {} }: KafkaMessage): number {
  let bytes = AROUND + Buffer.byteLength(key ?? '') + Buffer.byteLength(value);
  for (const [name, text] of Object.entries(headers)) bytes += Buffer.byteLength(name) + Buffer.byteLength(text) + 10;
  return bytes;
}

function keyOf<T>(item: T, key: ((item: T) => string | null) | undefined): string | null {
  try {
    const found: unknown = key === undefined ? userKeyOf(item) : key(item);
    return typeof found === 'string' && found !== '' ? found : null;
  } catch {
    // one item that a function of the user does not understand must not hold up all others
    return null;
  }
}

function userKeyOf(item: unknown): unknown {
  return isRecord(item) && Object.hasOwn(item, 'user_key') ? item.user_key : null;
}
