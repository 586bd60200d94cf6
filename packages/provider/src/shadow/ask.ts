import type { EvaluationContext, JsonValue, ResolvedType, Resolver } from '@flagwright/core';
import { type Asked, answerOf, errorOf } from './answer.ts';
import { contextCopy, jsonCopy } from './copy.ts';
import { inTime, isThenable } from './waiting.ts';

/** One evaluation, to be put to a resolver. */
export interface Question {
  readonly type: ResolvedType;
  readonly key: string;
  readonly fallback: JsonValue;
  readonly context: EvaluationContext;
}

/**
 * Puts a question to a resolver that may throw, reject, hang, and change what it is given: that is a copy. Never
 * throws, and never rejects; `timeout` in ms.
 */
export function ask(resolver: Resolver, question: Question, timeout: number): Asked | Promise<Asked> {
  const { type, key, fallback, context } = question;
  try {
    const given: unknown = resolver.resolve(type, key, jsonCopy(fallback), contextCopy(context));
    return isThenable(given) ? inTime(given, timeout, fallback) : answerOf(given, fallback);
  } catch (thrown) {
    return errorOf(thrown);
  }
}
