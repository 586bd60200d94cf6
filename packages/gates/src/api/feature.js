/** Features as their maintainers declare them. */
export const Default = 'default';
/** Features as a user sets them. */
export const User = 'user';
/** Experimental: it may change or go. */
export const Alpha = 'alpha';
/** May be relied on, and is nearly complete. */
export const Beta = 'beta';
/** For everybody. */
export const GA = 'ga';
/** Will be removed, in the version `until`. */
export const Deprecated = 'deprecated';
/** A feature as people read it: `axolotl-mode:enabled`. */
export function formatFeature({ name, enabled }) {
  return `${name}:${enabled ? 'enabled' : 'disabled'}`;
}
/** Features by name, in the order given; a later one takes the place of an earlier. */
export function mapOf(features) {
  const map = Object.create(null);
  for (const [name, feature] of features) map[name] = Object.freeze({ ...feature });
  return Object.freeze(map);
}
//# sourceMappingURL=feature.js.map
