import { parse, Range, type SemVer } from 'semver';
import type { Match, Operator } from './operator.ts';
import { eachElement } from './operator.ts';

const PARTIAL = /^[vV]?(\d+)(?:\.(\d+))?(?:\.(\d+))?([-+][0-9A-Za-z.+-]*)?$/;

/** A version as applications write them: `v` in front and missing minor and patch are accepted. */
export function parseVersion(text: unknown): SemVer | null {
  if (typeof text !== 'string' || text.length > 256) return null;
  const parts = PARTIAL.exec(text.trim());
  return parts === null ? null : parse(`${parts[1]}.${parts[2] ?? 0}.${parts[3] ?? 0}${parts[4] ?? ''}`);
}

const options = { includePrerelease: true } as const;

function parseRange(text: string): Range | undefined {
  try {
    return new Range(text, options);
  } catch {
    return undefined;
  }
}

/**
 * npm's ranges (https://github.com/npm/node-semver#ranges), any of them. A version with a prerelease is compared by
 * precedence, so 3.0.0-beta.1 satisfies >=2.5.0.
 */
export const semver: Operator = {
  name: 'semver',
  summary: 'is a version within one of the ranges; a bare version means equality',
  attribute: 'text that is a version: 1.2.3, v1.2, 2.0.0-rc.1',
  values: 'ranges as npm has them: ">=2.5.0", "^1.2", "1.x", "2.5.0"',
  check: (value) =>
    typeof value === 'string' && value.trim() !== '' && parseRange(value) !== undefined
      ? undefined
      : 'a version range as quoted text, e.g. ">=2.5.0"',
  compile(attribute, values, negate) {
    const ranges = (values as readonly string[]).map((value) => new Range(value, options));
    const match: Match = (actual) => {
      const version = parseVersion(actual);
      return version !== null && ranges.some((range) => range.test(version));
    };
    return eachElement(attribute, match, negate);
  },
};
