export * from '../effect/index.ts';
export { brokenText } from '../http/unstorable.ts';
export { behaviour, effectiveAttribute, effectiveFlag } from '../publish/effective.ts';
export { withVariantNames } from '../publish/variant-names.ts';
export { type Difference, difference } from '../resources/difference.ts';
export type { Kind } from '../resources/resource.ts';
export { API_VERSION } from '../schema/definitions.ts';
export type {
  ChangeRequestSpec,
  ContextSpec,
  FeatureFlagSpec,
  FeatureFlagStageSpec,
  ProjectSpec,
  ProjectStageSpec,
  StageSpec,
  TemplateSpec,
} from '../schema/resources.generated.ts';
export { manifestIssues } from './manifest-issues.ts';
export { targetingOf } from './targeting-of.ts';
