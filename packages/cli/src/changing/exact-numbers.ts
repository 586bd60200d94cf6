import { UsageError } from '../errors/usage-error.ts';

/** Strings, which are passed over, and numbers. */
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;

/** Throws `UsageError` for a number of a JSON text that would become another one: too large, too small, or too long. */
export function checkNumbers(text: string, where: string): void {
  for (const [token] of text.matchAll(TOKENS)) {
    if (token.startsWith('"')) continue;
    const number = Number(token);
    const shown = token.length > MOST_SHOWN ? `${token.slice(0, MOST_SHOWN - 1)}…` : token;
    if (!Number.isFinite(number)) throw new UsageError(`${where} has ${shown}, which is too large for a number`);
    if (number === 0 && /^[-0.]*[1-9]/.test(token)) {
      throw new UsageError(`${where} has ${shown}, which is too small for a number`);
    }
    if (!/^-?\d+$/.test(token) || Number.isSafeInteger(number) || BigInt(number) === BigInt(token)) continue;
    throw new UsageError(`${where} has ${shown}, which would become ${number}: a number has about 16 digits`, [
      'Write it as a string if all its digits count',
    ]);
  }
}

/** In characters. */
const MOST_SHOWN = 40;
