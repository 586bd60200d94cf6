import { age } from '../output/age.ts';

/** A token as the server tells of it: nothing of it is secret. */
export interface TokenInfo {
  readonly id: string;
  readonly name: string;
  readonly subject: string;
  readonly role: string;
  readonly projects: readonly string[] | null;
  readonly stages: readonly string[] | null;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  readonly lastUsedAt: string | null;
}

/** What it is for: `shop, mobile-app`, or `all`. */
export function scopeText(ids: readonly string[] | null): string {
  return ids === null ? 'all' : ids.join(', ');
}

/** When something was: `3h ago`, or `never`. */
export function agoText(time: string | null, now: number): string {
  return time === null ? 'never' : age(Date.parse(time), now);
}

/** When a token ends to hold: the time, and what is to be thought of it; or `never`. */
export function endText({ expiresAt, revokedAt }: Pick<TokenInfo, 'expiresAt' | 'revokedAt'>, now: number): string {
  if (revokedAt !== null) return `revoked ${age(Date.parse(revokedAt), now)}`;
  if (expiresAt === null) return 'never';
  return Date.parse(expiresAt) > now ? expiresAt : `expired ${age(Date.parse(expiresAt), now)}`;
}
