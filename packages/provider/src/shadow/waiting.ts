import type { JsonValue } from '@flagwright/core';
import { FlagError } from '@flagwright/core';
import { type Asked, answerOf, errorOf } from './answer.ts';

/** Whether something is to be awaited, promises of other realms included. Throws what reading its `then` throws. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

/** Waits for an answer, and no longer than `timeout` ms, after which it is `UNAVAILABLE`. Never rejects. */
export function inTime(given: PromiseLike<unknown>, timeout: number, fallback: JsonValue): Promise<Asked> {
  return new Promise((resolve) => {
    const late = (): void => resolve(new FlagError('UNAVAILABLE', `no answer within ${timeout} ms`));
    const timer = setTimeout(late, timeout);
    timer.unref();
    void settled(given, fallback).then((asked) => {
      clearTimeout(timer);
      resolve(asked);
    });
  });
}

// `await` within `try`, and not `then`: it may be one's own, and throw
async function settled(given: PromiseLike<unknown>, fallback: JsonValue): Promise<Asked> {
  try {
    return answerOf(await given, fallback);
  } catch (thrown) {
    return errorOf(thrown);
  }
}

/** Waits for something nobody may depend on; `failed` is told if it rejects. */
export async function looselyAwaited(given: unknown, failed?: (thrown: unknown) => void): Promise<void> {
  try {
    await given;
  } catch (thrown) {
    failed?.(thrown);
  }
}

/** Waits for an end, and no longer than `ms`; `hold`: the process lives on for that long. Rejects as the end does. */
export function endOf(ending: Promise<void>, ms: number, hold: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new FlagError('UNAVAILABLE', `no end within ${ms} ms`)), ms);
    if (!hold) timer.unref();
    ending.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}
