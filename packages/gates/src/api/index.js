export { createFeatures } from './create-features.js';
export { Alpha, Beta, Default, Deprecated, formatFeature, GA, User } from './feature.js';
export {
  all,
  allDefault,
  allUser,
  effective,
  enabled,
  get,
  getDefault,
  getUser,
  isEnabled,
  set,
  setDefault,
  sharedFeatures,
} from './shared.js';
//# sourceMappingURL=index.js.map
