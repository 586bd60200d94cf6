/** What stands before the name of a gate where gates are keys among others: in stores, snaps and flags. */
export const KEY_PREFIX = 'feature.';

/** The special gates that set all gates of one stage, as in Kubernetes. */
export const ALL_OF: Readonly<Record<string, 'alpha' | 'beta'>> = { AllAlpha: 'alpha', AllBeta: 'beta' };

/** Names whose variable would be one that means something else: `PREFIX_FEATURE_ENABLE`, `_DISABLE`, `_GATES`. */
const RESERVED: ReadonlySet<string> = new Set(['enable', 'disable', 'gates', 'allalpha', 'allbeta']);

const NAME = /^[A-Za-z][A-Za-z0-9]*(?:[-_.][A-Za-z0-9]+)*$/;
const MOST = 100;

/** Why this can be no name of a gate; undefined if it can. */
export function badName(name: string): string | undefined {
  if (name.length > MOST) return `a name has at most ${MOST} characters`;
  if (!NAME.test(name)) return 'a name has letters and digits, with single -, _ or . between them, and a letter first';
  if (name.toLowerCase().startsWith(KEY_PREFIX)) return `${KEY_PREFIX} is put before names, and is no part of one`;
  if (RESERVED.has(fold(name))) return 'this name means something else on command lines and in the environment';
  return undefined;
}

/** Names that people would take for one: letter case and `-`, `_`, `.` do not count. */
export function fold(name: string): string {
  return name.toLowerCase().replace(/[-_.]/g, '');
}

/** The key of a gate where it is one among others: `feature.` and its name, whichever of both was given. */
export function gateKey(name: string): string {
  return KEY_PREFIX + gateName(name);
}

/** The name of a gate from either spelling; a doubled prefix is one prefix too many, and goes too. */
export function gateName(nameOrKey: string): string {
  let name = nameOrKey;
  while (name.startsWith(KEY_PREFIX)) name = name.slice(KEY_PREFIX.length);
  return name;
}

/** A name as variables have it: `EventsProxy` and `events-proxy` are both `EVENTS_PROXY`. */
export function upperSnake(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase();
}
