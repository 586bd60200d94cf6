import { FlagError, networkError } from '@flagwright/core';
import type { WebhookEvent } from './event.ts';
import type { Post } from './post.ts';
import { signatures } from './secret.ts';
import type { WebhookRow } from './webhook-row.ts';

/** What came of sending an event once. */
export interface Outcome {
  /** Whether the receiver took it. */
  readonly delivered: boolean;
  /** Null: there was no answer. */
  readonly status: number | null;
  /** Why not, without anything that the receiver said. */
  readonly error: string | null;
  /** How long it took. */
  readonly ms: number;
  /** How long the receiver asks to be left alone, in ms. */
  readonly retryAfter: number | undefined;
}

/** Sends an event, signed, and waits no longer than `timeout` ms for the answer, nor than `cut` says. Never rejects. */
export async function attempt(
  post: Post,
  hook: WebhookRow,
  event: WebhookEvent,
  timeout: number,
  cut?: AbortSignal,
): Promise<Outcome> {
  const { id, body } = event;
  const now = Date.now();
  const timestamp = Math.floor(now / 1_000);
  const { secret, previous_secret: previous, previous_until: until } = hook;
  const secrets = previous !== null && until !== null && until.getTime() > now ? [secret, previous] : [secret];
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'flagwright-webhooks',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures({ id, timestamp, body }, secrets),
  };
  const started = performance.now();
  const late = AbortSignal.timeout(timeout);
  const signal = cut === undefined ? late : AbortSignal.any([late, cut]);
  const outcome = (status: number | null, error: string | null, retryAfter?: number): Outcome => {
    const ms = Math.round(performance.now() - started);
    return { delivered: error === null, status, error, ms, retryAfter };
  };
  try {
    const { status, retryAfter } = await post({ url: hook.url, headers, body, signal });
    return outcome(status, status >= 200 && status < 300 ? null : refusalOf(status), retryAfter);
  } catch (thrown) {
    if (signal.aborted) return outcome(null, `no answer within ${timeout} ms`);
    return outcome(null, (thrown instanceof FlagError ? thrown : networkError(thrown, false, true)).message);
  }
}

function refusalOf(status: number): string {
  if (status === 410) return 'the receiver answered 410: it wants no more';
  if (status >= 300 && status < 400) return `the receiver answered ${status}, and redirects are not followed`;
  return `the receiver answered ${status}; expected 200 to 299`;
}
