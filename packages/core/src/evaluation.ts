/** A value that JSON can carry; what flags serve. Object values are deeply frozen. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** Facts carried with an evaluation; flat, as OpenFeature wants them. Frozen. */
export type Metadata = Readonly<Record<string, string | number | boolean>>;

/**
 * Why a value was served, in the evaluator's own words:
 *
 * - `FALLTHROUGH`: nothing more specific decided
 * - `TARGET_MATCH`: the key is listed by name, or the value is overridden
 * - `RULE_MATCH`: a rule or the JSON Logic decided
 * - `PREREQUISITE_FAILED`: another flag does not serve what this one needs
 * - `OFF`: the flag is disabled
 * - `ERROR`: see `errorCode`
 */
export type Reason = 'FALLTHROUGH' | 'TARGET_MATCH' | 'RULE_MATCH' | 'PREREQUISITE_FAILED' | 'OFF' | 'ERROR';

/** OpenFeature's error codes, as far as an evaluator can meet them. */
export type EvaluationErrorCode =
  | 'FLAG_NOT_FOUND'
  | 'TYPE_MISMATCH'
  | 'PARSE_ERROR'
  | 'TARGETING_KEY_MISSING'
  | 'PROVIDER_NOT_READY'
  | 'GENERAL';

/** The types a value can be asked for. `integer` is a number without a fraction; `object` is any JSON of a json flag. */
export type ValueType = 'boolean' | 'string' | 'number' | 'integer' | 'object';

/** What OpenFeature's providers answer, written structurally. Frozen; `value` is absent where the caller's default applies. */
export interface ResolutionDetails<T = unknown> {
  readonly value: T;
  readonly variant?: string;
  /** OpenFeature's word: STATIC, DEFAULT, TARGETING_MATCH, SPLIT, DISABLED, PREREQUISITE_FAILED or ERROR. */
  readonly reason: string;
  readonly flagMetadata: Metadata;
  readonly errorCode?: EvaluationErrorCode;
  readonly errorMessage?: string;
}

interface Common {
  readonly key: string;
  /** The position of the variant in its flag, from 0; −1 for a value that is no variant. */
  readonly variationIndex: number;
  /** The rule that decided: its id, `rule-<position>` without one, `targeting` for JSON Logic. */
  readonly ruleId: string | undefined;
  /** The value came from a random split that counts as an experiment. */
  readonly inExperiment: boolean;
  /** The value came from a random split. */
  readonly split: boolean;
  readonly prerequisiteFailed: boolean;
  /** The prerequisite that failed. */
  readonly prerequisiteKey: string | undefined;
  /** The value comes from a local override. */
  readonly override: boolean;
  /** A split was passed over because the context lacks the attribute it hashes. */
  readonly bucketingKeyMissing: boolean;
  /** The same answer as OpenFeature has it. */
  readonly details: ResolutionDetails;
}

/** A good answer. `value` is `undefined` where the flag leaves it to the caller's default. */
export interface Served extends Common {
  readonly value: JsonValue | undefined;
  readonly variant: string | undefined;
  readonly reason: Exclude<Reason, 'ERROR'>;
  readonly errorCode: undefined;
  readonly errorMessage: undefined;
}

/** No answer: the caller's default applies. */
export interface Failed extends Common {
  readonly value: undefined;
  readonly variant: undefined;
  readonly reason: 'ERROR';
  readonly errorCode: EvaluationErrorCode;
  readonly errorMessage: string;
}

/** The outcome of evaluating one flag. Frozen, and shared between calls with the same outcome. */
export type Evaluation = Served | Failed;

const EVALUATION = Symbol('flagwright.evaluation');

/** The complete evaluation behind the `flagMetadata` that an OpenFeature hook or caller was given; undefined if foreign. */
export function evaluationOf(flagMetadata: object | undefined): Evaluation | undefined {
  return (flagMetadata as { [EVALUATION]?: Evaluation } | undefined)?.[EVALUATION];
}

/** What is said of an answer when it is built; everything else has a usual value. */
export interface Outcome {
  readonly key: string;
  readonly value: JsonValue | undefined;
  readonly variant?: string | undefined;
  readonly variationIndex?: number;
  readonly reason: Exclude<Reason, 'ERROR'>;
  /** OpenFeature's word for the reason. */
  readonly standardReason: string;
  readonly metadata: Metadata;
  readonly ruleId?: string | undefined;
  readonly split?: boolean;
  readonly inExperiment?: boolean;
  readonly prerequisiteKey?: string | undefined;
  readonly override?: boolean;
  readonly bucketingKeyMissing?: boolean;
}

/** Builds the frozen evaluation of an outcome, once, at load. */
export function served(outcome: Outcome): Served {
  const { key, value, variant, reason, standardReason, ruleId, prerequisiteKey } = outcome;
  const variationIndex = outcome.variationIndex ?? -1;
  const split = outcome.split ?? false;
  const inExperiment = outcome.inExperiment ?? false;
  const override = outcome.override ?? false;
  const bucketingKeyMissing = outcome.bucketingKeyMissing ?? false;
  const prerequisiteFailed = reason === 'PREREQUISITE_FAILED';
  // the author's metadata stays the author's: marks only where something beyond a plain default decided
  const marked =
    ruleId !== undefined || split || override || prerequisiteFailed || bucketingKeyMissing || reason === 'TARGET_MATCH';
  const marks: Record<string, string | number | boolean> = {};
  if (marked) {
    marks.engineReason = reason;
    if (variationIndex >= 0) marks.variationIndex = variationIndex;
    if (ruleId !== undefined) marks.ruleId = ruleId;
    if (split) marks.inExperiment = inExperiment;
    if (prerequisiteKey !== undefined) marks.prerequisiteKey = prerequisiteKey;
    if (override) marks.override = true;
    if (bucketingKeyMissing) marks.bucketingKeyMissing = true;
  }
  const flagMetadata: Metadata = { ...marks, ...outcome.metadata };
  const details: ResolutionDetails = Object.freeze({
    value,
    ...(variant === undefined ? undefined : { variant }),
    reason: standardReason,
    flagMetadata,
  });
  const evaluation: Served = {
    key,
    value,
    variant,
    variationIndex,
    reason,
    ruleId,
    inExperiment,
    split,
    prerequisiteFailed,
    prerequisiteKey,
    override,
    bucketingKeyMissing,
    errorCode: undefined,
    errorMessage: undefined,
    details,
  };
  return seal(evaluation, flagMetadata);
}

/** Builds the evaluation of a failure. Allocates: failures are not the hot path. */
export function failed(key: string, errorCode: EvaluationErrorCode, errorMessage: string, metadata: Metadata): Failed {
  const flagMetadata: Metadata = { ...metadata };
  const details: ResolutionDetails = Object.freeze({
    value: undefined,
    reason: 'ERROR',
    flagMetadata,
    errorCode,
    errorMessage,
  });
  const evaluation: Failed = {
    key,
    value: undefined,
    variant: undefined,
    variationIndex: -1,
    reason: 'ERROR',
    ruleId: undefined,
    inExperiment: false,
    split: false,
    prerequisiteFailed: false,
    prerequisiteKey: undefined,
    override: false,
    bucketingKeyMissing: false,
    errorCode,
    errorMessage,
    details,
  };
  return seal(evaluation, flagMetadata);
}

/** Ties an evaluation to the metadata that travels through OpenFeature by reference, and freezes both. */
function seal<E extends Evaluation>(evaluation: E, flagMetadata: Metadata): E {
  Object.defineProperty(flagMetadata, EVALUATION, { value: evaluation });
  Object.freeze(flagMetadata);
  return Object.freeze(evaluation);
}
