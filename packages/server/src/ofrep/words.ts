import type { Evaluation } from '@flagwright/core';

/** What a good answer was served for, in OpenFeature's words that every client knows. */
const REASONS: ReadonlySet<string> = new Set(['STATIC', 'DEFAULT', 'TARGETING_MATCH', 'SPLIT', 'DISABLED']);

/**
 * The reason of an answer on the wire. `DEFAULT` is missing among the protocol's examples, and sent nevertheless: it is a
 * word of OpenFeature, the clients take any text or all words of OpenFeature, and flagd sends it too. A word of our own
 * would be an error in clients that look it up in their list (the Python one), so a failed prerequisite is `DEFAULT` too;
 * `engineReason` in the metadata has the exact word.
 */
export function reasonOf({ details }: Evaluation): string {
  return REASONS.has(details.reason) ? details.reason : 'DEFAULT';
}

/** The codes that the protocol has for a flag that cannot be evaluated. */
const CODES: ReadonlySet<string> = new Set(['FLAG_NOT_FOUND', 'PARSE_ERROR', 'TARGETING_KEY_MISSING']);

/** Answers are shared between calls, and so are their texts. */
const texts = new WeakMap<Evaluation, string>();

/**
 * An evaluation as JSON text: `key`, `reason`, `metadata`, and `value` and `variant` where there are some; or `key`,
 * `errorCode`, `errorDetails` and `metadata`. Without a value the caller's own default applies.
 */
export function textOf(evaluation: Evaluation): string {
  const known = texts.get(evaluation);
  if (known !== undefined) return known;
  const { key, value, variant, details, errorCode, errorMessage } = evaluation;
  // `metadata` is there even if it is empty: some clients read it unasked
  const metadata = details.flagMetadata;
  if (errorCode !== undefined) {
    const code = CODES.has(errorCode) ? errorCode : 'GENERAL';
    return JSON.stringify({ key, errorCode: code, errorDetails: errorMessage, metadata });
  }
  const text = JSON.stringify({ key, value, reason: reasonOf(evaluation), variant, metadata });
  texts.set(evaluation, text);
  return text;
}
