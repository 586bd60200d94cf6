import type { Channel, Maturity } from './maturity.ts';

/** What a gate is from one version on. */
export interface GateSpec {
  /** The version that brought it: major and minor, as `0.3`. */
  readonly version: string;
  readonly stage: Maturity;
  /** Default: as the stage and the channel say; deprecated and removed gates must say it themselves. */
  readonly default?: boolean;
  /** The gate stays at its default whatever is set. */
  readonly locked?: boolean;
}

interface Described {
  /** Who answers for it, as `@platform`. */
  readonly owner: string;
  /** What it does, in a sentence or two, for those who switch it on. */
  readonly description: string;
  /** The version in which a deprecated gate goes. Default: where its history says `removed`. */
  readonly until?: string;
  /** Gates that must be on wherever this one is. */
  readonly requires?: readonly string[];
  /** What to use instead of a deprecated gate. */
  readonly replacement?: string;
  /** Where it was proposed: a URL, or a path in the repository. */
  readonly proposal?: string;
}

interface Plain extends Described {
  readonly stage: Maturity;
  /** The version that introduced it: semver, with or without `v`, or major and minor. */
  readonly since: string;
  readonly default?: boolean;
  readonly locked?: boolean;
  readonly history?: undefined;
}

interface Versioned extends Described {
  /**
   * What it was and is, oldest first, as the versioned specs of Kubernetes: the newest one that the running version has
   * reached applies, and before the first the gate is `prealpha`, which cannot be switched on.
   */
  readonly history: readonly GateSpec[];
  /** If given, what the newest entry says. */
  readonly stage?: Maturity;
  readonly default?: boolean;
  readonly locked?: boolean;
  /** If given, the version of the first entry. */
  readonly since?: string;
}

/** One gate, as its program declares it. A gate graduates by its `stage`, or by one more line of `history`. */
export type GateDeclaration = Plain | Versioned;

export type GateDeclarations = Readonly<Record<string, GateDeclaration>>;

/** Whose gates they are, and how they are set. */
export interface ProgramOptions {
  /** The name of the program, as its users type it. */
  readonly program: string;
  /** The running version: semver. */
  readonly version: string;
  /** What precedes the variables, as `ZARF` in `ZARF_FEATURES`; empty: `FEATURE_GATES`. Default: the program, in capitals. */
  readonly envPrefix?: string | undefined;
  /** The release channel this program was built for. Default: none, which is alpha off, beta and GA on. */
  readonly channel?: Channel | undefined;
  /** What happens to a setting of a gate that is locked to another value. Default: `error`. */
  readonly onLockedOverride?: 'error' | 'ignore' | undefined;
  /** Take settings of gates that are not declared, which then do nothing. Default: false, they are errors. */
  readonly allowUnknown?: boolean | undefined;
  /** Told, once each, of uses and settings to be given up. Default: a process warning. */
  readonly onWarning?: ((message: string) => void) | undefined;
}
