export type { Role } from '../access/principal.ts';
export type { ProblemCode } from '../http/problem.ts';
export type { Difference } from '../resources/difference.ts';
export type {
  ChangeRequestSpec,
  ContextSpec,
  FeatureFlagSpec,
  FeatureFlagStageSpec,
  ProjectSpec,
  ProjectStageSpec,
  StageSpec,
} from '../schema/resources.generated.ts';
export { ApiError } from './api-error.ts';
export type { Applied, Apply, ApplyOptions, ApplyProblem, ApplyResult } from './apply.ts';
export { type Ask, type AskOptions, isReading } from './ask.ts';
export { type ControlPlane, type ControlPlaneOptions, controlPlane, controlPlaneOver } from './control-plane.ts';
export { isNoAnswer, type NoAnswer, type Silence } from './no-answer.ts';
export type {
  ChangeRequests,
  HistoryEntry,
  ListOptions,
  Manifest,
  Page,
  Patch,
  Resource,
  Resources,
  Saved,
  WriteOptions,
} from './resources.ts';
