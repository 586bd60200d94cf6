// semver: core has it installed already, and it is npm's own
import { compare, parse, type SemVer } from 'semver';

const TWO = /^v?\d+\.\d+$/;

/** A version as gates write it: semver with or without `v`, or only major and minor, as in Kubernetes. */
export function versionOf(text: unknown): SemVer | undefined {
  if (typeof text !== 'string' || text.length > 256) return undefined;
  return parse(TWO.test(text) ? `${text}.0` : text) ?? undefined;
}

/** Whether a version names only major and minor: patches bring no features. */
export function isMajorMinor(text: string): boolean {
  return TWO.test(text) && versionOf(text) !== undefined;
}

/** Whether the one is the other or later, pre-releases counted. */
export function atLeast(one: SemVer, other: SemVer): boolean {
  return compare(one, other) >= 0;
}

/** Whether the one is the other or later; a pre-release counts as its release, as in `reached`. */
export function released(one: SemVer, other: SemVer): boolean {
  return one.compareMain(other) >= 0;
}

/** Whether a release of this major and minor has come, pre-releases and patches of it included. */
export function reached(running: SemVer, { major, minor }: SemVer): boolean {
  return running.major > major || (running.major === major && running.minor >= minor);
}
