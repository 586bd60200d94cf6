import { createHmac, randomBytes } from 'node:crypto';

/** The specification wants 24 to 64 bytes. */
const BYTES = 32;
const PREFIX = 'whsec_';

/** Makes a secret as https://standardwebhooks.com writes them: `whsec_` and base64. */
export function makeSecret(): string {
  return PREFIX + randomBytes(BYTES).toString('base64');
}

/** What is signed, by the specification. */
export interface Signed {
  readonly id: string;
  /** In seconds since the epoch. */
  readonly timestamp: number;
  readonly body: string;
}

/** The value of `webhook-signature`: `v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64, one for each secret. */
export function signatures({ id, timestamp, body }: Signed, secrets: readonly string[]): string {
  return secrets
    .map((secret) => {
      const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
      return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`;
    })
    .join(' ');
}
