import type { Stage } from '../maturity.ts';

/** The two ways in which features are set; the keys of `all()`. */
export type Mode = 'default' | 'user';

/** Features as their maintainers declare them. */
export const Default = 'default';
/** Features as a user sets them. */
export const User = 'user';

/**
 * The name of a feature: one for the whole life of a program, and not given away again. A feature that is to be called
 * otherwise is a new one, and the old one deprecated.
 */
export type Name = string;
/** What a feature does, for those who switch it on. */
export type Description = string;
/** Whether a feature is on. */
export type Enabled = boolean;
/** The version that introduced a feature, in alpha: semver, with or without `v`. */
export type Since = string;
/** The version that removes a deprecated feature, past ones included: semver, with or without `v`. */
export type Until = string;

export type { Stage } from '../maturity.ts';

/** Experimental: it may change or go. */
export const Alpha = 'alpha';
/** May be relied on, and is nearly complete. */
export const Beta = 'beta';
/** For everybody. */
export const GA = 'ga';
/** Will be removed, in the version `until`. */
export const Deprecated = 'deprecated';

/** A feature, as maintainers declare it or a user sets it. A user need not say more than `name` and `enabled`. */
export interface Feature {
  readonly name: Name;
  readonly description?: Description | undefined;
  /** Whether it is on. A feature in no set is off. */
  readonly enabled: Enabled;
  readonly since?: Since | undefined;
  readonly until?: Until | undefined;
  readonly stage?: Stage | undefined;
  /** Who answers for it, as `@zarf-maintainers`. Default: the program. */
  readonly owner?: string | undefined;
}

/** Features by name: frozen, and without a prototype, so that every name is only a name. */
export type FeatureMap = Readonly<Record<Name, Feature>>;

/** A feature as people read it: `axolotl-mode:enabled`. */
export function formatFeature({ name, enabled }: Feature): string {
  return `${name}:${enabled ? 'enabled' : 'disabled'}`;
}

/** Features by name, in the order given; a later one takes the place of an earlier. */
export function mapOf(features: Iterable<readonly [name: Name, feature: Feature]>): FeatureMap {
  const map: Record<Name, Feature> = Object.create(null);
  for (const [name, feature] of features) map[name] = Object.freeze({ ...feature });
  return Object.freeze(map);
}
