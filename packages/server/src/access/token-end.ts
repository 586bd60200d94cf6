import { Problem } from '../http/problem.ts';
import type { TokenRow } from './token-row.ts';

/**
 * Throws `Problem('FORBIDDEN')` for a token that would outlive the one it is given by: what is lent is not given away.
 * Times are in ms since the epoch; null: never.
 */
export function checkEnd(own: number | null, wanted: number | null): void {
  if (own === null || (wanted !== null && wanted <= own)) return;
  const end = new Date(own).toISOString();
  throw new Problem('FORBIDDEN', `this token expires at ${end}, and may not have another one hold for longer`, {
    hint: `let expiresAt be ${end} or earlier, or ask somebody whose token holds longer`,
  });
}

/**
 * The same for another end of a token that is there; undefined: none is asked for. Throws `Problem('CONFLICT')` for one
 * that has expired: nobody who gave it counts on it any more.
 */
export function checkNewEnd(
  own: number | null,
  { id, expires_at }: TokenRow,
  wanted: number | null | undefined,
  now: number,
): void {
  const end = expires_at?.getTime() ?? null;
  if (wanted === undefined || wanted === end) return;
  if (end !== null && end <= now) {
    const hint = 'create another one';
    throw new Problem('CONFLICT', `the token ${id} has expired, and does not hold again`, { hint });
  }
  checkEnd(own, wanted);
}
