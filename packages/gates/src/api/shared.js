import { createFeatures } from './create-features.js';

let shared;
/** The features of this process, which the functions of this module read and write; made when first asked for. */
export function sharedFeatures() {
  shared ??= createFeatures();
  return shared;
}
/** Whether a feature is on: as the user set it, else as it is declared; one in no set is off. Never throws. */
export function isEnabled(name) {
  return sharedFeatures().isEnabled(name);
}
/** As `isEnabled`. */
export function enabled(name) {
  return sharedFeatures().isEnabled(name);
}
/** Sets features for this process, once. Throws `FlagError('CONFLICT')` the second time, else as `FeatureApi.set`. */
export function set(features) {
  sharedFeatures().set(features);
}
/** For maintainers: declares the features there are, once. Throws as `FeatureApi.setDefault`. */
export function setDefault(features, program) {
  sharedFeatures().setDefault(features, program);
}
/** A feature as the user set it, else as it is declared. Throws `FlagError('NOT_FOUND')`. */
export function get(name) {
  return sharedFeatures().get(name);
}
/** A feature as it is declared. Throws `FlagError('NOT_FOUND')`. */
export function getDefault(name) {
  return sharedFeatures().getDefault(name);
}
/** A feature as the user set it. Throws `FlagError('NOT_FOUND')`. */
export function getUser(name) {
  return sharedFeatures().getUser(name);
}
/** A feature as it stands, whoever decided, and why. Throws `FlagError('NOT_FOUND')`. */
export function effective(name) {
  return sharedFeatures().effective(name);
}
/** All features, `default` and `user`; either may be empty. */
export function all() {
  return sharedFeatures().all();
}
/** All declared features. */
export function allDefault() {
  return sharedFeatures().allDefault();
}
/** All features that the user has set, on or off. */
export function allUser() {
  return sharedFeatures().allUser();
}
//# sourceMappingURL=shared.js.map
