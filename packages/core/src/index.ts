export { bucketOf, type HashState, hash, hashState } from './bucket.ts';
export { type Client, type ClientOptions, createClient, isFollower } from './client.ts';
export { type CompileOptions, compile } from './compile.ts';
export { type ContextBuilder, fromContext, newContext, toContext, type User } from './context.ts';
export { changedBetween } from './difference.ts';
export type * from './document.generated.ts';
export { engineReasonOf } from './engine-reason.ts';
export { Entries } from './entries.ts';
export { FlagError, type FlagErrorCode, type FlagErrorOptions } from './error.ts';
export { evaluate, evaluateAll } from './evaluate.ts';
export {
  type Evaluation,
  type EvaluationErrorCode,
  evaluationOf,
  type Failed,
  type JsonValue,
  type Metadata,
  type Reason,
  type ResolutionDetails,
  type Served,
  type ValueType,
} from './evaluation.ts';
export { explain } from './explain.ts';
export { formatExplanation } from './explain-format.ts';
export type {
  BucketRange,
  BucketStep,
  ClauseStep,
  ConditionStep,
  Explanation,
  RuleStep,
  Step,
  TargetingBucket,
  TargetingStep,
} from './explain-step.ts';
export {
  type Explained,
  type ExplainedFlag,
  type ExplainedStep,
  type ExplainedTargeting,
  explainedOf,
} from './explained.ts';
export { checkSource, follow } from './follow.ts';
export type { FollowEvent, Follower, FollowHealth, FollowOptions, ReadRecord } from './follower.ts';
export { readBytes, utf8Of } from './http-body.ts';
export { checkedHeaders, mediaTypeOf, retryAfterOf } from './http-headers.ts';
export { codeOfStatus, HTTP_STATUS, isErrorCode, isTurnedAway, publicError } from './http-status.ts';
export { tokenReader } from './http-token.ts';
export { instantOf } from './instant.ts';
export {
  formatIssue,
  formatPath,
  type Issue,
  oneOf,
  type Path,
  type Place,
  preview,
  type Report,
  suggest,
} from './issue.ts';
export { frozenCopy, isRecord, jsonEqual, notJson } from './json.ts';
export { isDeep } from './json-depth.ts';
export type { JsonSchema } from './json-schema.ts';
export { compileLogic, parseLogic } from './logic/index.ts';
export { networkError } from './network-error.ts';
export { OPERATORS, type Operator } from './operators/index.ts';
export { booleanOf, durationOf } from './plain-values.ts';
export { type EvaluationRecord, flushSinks, type Sink, type TrackRecord, tellSinks } from './record.ts';
export type { ResolvedType, Resolver, ResolverEvents } from './resolver.ts';
export { asksForPatience, retryDelay } from './retry.ts';
export { documentSchema } from './schema.ts';
export type { EvaluationContext } from './scope.ts';
export { SECTION_OF, type Section } from './sections.ts';
export { share } from './share.ts';
export { type FlagCounts, flagCounts, type Snapshot } from './snapshot.ts';
export type { Awaitable, Edit, FlagSet, FlagSource, FlagStore, Kind, Observer, Unsubscribe } from './source.ts';
export { checkDuration, limited } from './timing.ts';
export { validate } from './validate/index.ts';
export { compileShape, type Shape } from './validate/shape.ts';
export { USUAL_ATTRIBUTES } from './vocabulary.ts';
export { wallTime } from './wall-time.ts';
export { WARNING, warnThrown } from './warning.ts';
