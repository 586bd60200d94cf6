import { FlagError, isRecord } from '@flagwright/core';
import { kafkaError } from './kafka-error.ts';

/**
 * Resolves once what `send` returned says that all was confirmed; rejects as it does, or with a `FlagError` for the first
 * error among its results. What is no promise says nothing: `INVALID_ARGUMENT`, for sending it again would tell no more.
 */
export async function whenConfirmed(sending: unknown): Promise<void> {
  if (typeof (sending as PromiseLike<unknown> | null | undefined)?.then !== 'function') {
    const hint = 'pass a producer as of kafkajs, or wrap this one so that its promise tells when all is confirmed';
    throw new FlagError('INVALID_ARGUMENT', `send() of the producer returned no promise. Hint: ${hint}`);
  }
  const results: unknown = await sending;
  if (!Array.isArray(results)) return;
  // one for each partition
  for (const result of results as readonly unknown[]) {
    const code = isRecord(result) ? result.errorCode : undefined;
    if (typeof code === 'number' && code !== 0) throw kafkaError({ code });
  }
}
