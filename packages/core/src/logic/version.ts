import { coerce, parse, type SemVer } from 'semver';
import { toText } from './values.ts';

/** Versions seen lately: applications send few, again and again. */
const known = new Map<string, SemVer | null>();
const KNOWN_MOST = 256;
const KNOWN_LONGEST = 64;

function parseText(text: string): SemVer | null {
  const bare = text.replace(/^[vV]/, '');
  return parse(bare) ?? (/^\d+(\.\d+)?$/.test(bare) ? coerce(bare) : null);
}

/**
 * A version as flagd's `sem_ver` reads it: `v` is dropped, `1` and `1.2` (also numbers) are completed with zeros,
 * anything else that is not SemVer 2 is null.
 */
export function parseVersion(value: unknown): SemVer | null {
  const text = value === null || value === undefined ? undefined : toText(value);
  if (text === undefined) return null;
  const seen = known.get(text);
  if (seen !== undefined) return seen;
  const version = parseText(text);
  if (text.length > KNOWN_LONGEST) return version;
  if (known.size >= KNOWN_MOST) known.clear();
  known.set(text, version);
  return version;
}
