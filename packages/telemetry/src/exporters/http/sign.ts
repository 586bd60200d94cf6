import { createHmac } from 'node:crypto';
import { FlagError } from '@flagwright/core';

/** How many bytes a secret has at least, after the Standard Webhooks specification. */
const SHORTEST = 24;
const HINT = 'make one by: echo whsec_$(openssl rand -base64 32)';

/** A secret, or several while one replaces another. */
export type Secret = string | readonly string[];

/**
 * The keys that secrets stand for: `whsec_` and base64, or any other text for its own bytes. Throws
 * `FlagError('INVALID_ARGUMENT')`, which shows nothing of them, if there is none or one is too short to be safe.
 */
export function keysOf(secret: Secret): readonly Buffer[] {
  const secrets: readonly unknown[] = Array.isArray(secret) ? secret : [secret];
  if (secrets.length === 0) throw new FlagError('INVALID_ARGUMENT', `there is no secret. Hint: ${HINT}`);
  return secrets.map(keyOf);
}

function keyOf(secret: unknown): Buffer {
  const key = typeof secret === 'string' ? bytesOf(secret) : undefined;
  if (key !== undefined && key.length >= SHORTEST) return key;
  throw new FlagError(
    'INVALID_ARGUMENT',
    `secret is no text of ${SHORTEST} bytes or more, or no base64 after whsec_. Hint: is a variable set? ${HINT}`,
  );
}

function bytesOf(secret: string): Buffer | undefined {
  if (!secret.startsWith('whsec_')) return Buffer.from(secret);
  const base64 = secret.slice('whsec_'.length);
  return /^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? Buffer.from(base64, 'base64') : undefined;
}

/**
 * The symmetric signature of the Standard Webhooks specification, version 1.0.0, "Signature scheme": HMAC-SHA256 of
 * `id.timestamp.body`, as bytes. https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function macOf(key: Buffer, id: string, timestamp: string, body: string | Uint8Array): Buffer {
  return createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
}

/** The headers that say who sent a body, in the form of the same specification, "Webhook headers". `at` in ms. */
export function signatureHeaders(
  keys: readonly Buffer[],
  id: string,
  at: number,
  body: Uint8Array,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(at / 1_000));
  const signatures = keys.map((key) => `v1,${macOf(key, id, timestamp, body).toString('base64')}`);
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
