import type { EvaluationContext, JsonValue, ResolutionDetails, ResolvedType, Resolver } from '@flagwright/core';
import { FlagError } from '@flagwright/core';

/** One evaluation, to be put to a resolver. */
export interface Question {
  readonly type: ResolvedType;
  readonly key: string;
  readonly fallback: JsonValue;
  readonly context: EvaluationContext;
}

/** An answer, or why there is none: `UNAVAILABLE` if it did not come in time. */
export type Asked = ResolutionDetails | FlagError;

/** Puts a question to a resolver that may throw, reject or hang. Never throws, and never rejects; `timeout` in ms. */
export function ask(resolver: Resolver, question: Question, timeout: number): Asked | Promise<Asked> {
  const { type, key, fallback, context } = question;
  try {
    const answer: unknown = resolver.resolve(type, key, fallback, context);
    return isPromise(answer) ? inTime(answer, timeout) : checked(answer);
  } catch (thrown) {
    return FlagError.from(thrown);
  }
}

/** Whether something is to be awaited, promises of other realms included. */
export function isPromise(answer: unknown): answer is Promise<unknown> {
  return answer instanceof Promise || typeof (answer as { then?: unknown } | null | undefined)?.then === 'function';
}

function inTime(answer: Promise<unknown>, timeout: number): Promise<Asked> {
  return new Promise((resolve) => {
    const end = (asked: Asked): void => {
      clearTimeout(timer);
      resolve(asked);
    };
    const timer = setTimeout(() => end(new FlagError('UNAVAILABLE', `no answer within ${timeout} ms`)), timeout);
    timer.unref();
    Promise.resolve(answer).then(
      (given) => end(checked(given)),
      (thrown) => end(FlagError.from(thrown)),
    );
  });
}

/** What a resolver answered, unless it is none. */
export function checked(answer: unknown): Asked {
  if (typeof answer === 'object' && answer !== null) return answer as ResolutionDetails;
  return new FlagError('UNKNOWN', 'the answer is no answer');
}
