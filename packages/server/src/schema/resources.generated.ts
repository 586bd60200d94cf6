// Generated from definitions.ts by `pnpm generate`; do not edit.

import type {
  FallthroughDefinition,
  PrerequisiteDefinition,
  RuleDefinition,
  TargetDefinition,
  VariantDefinition
} from '@flagwright/core';

/**
 * A container of flags, context attributes and links to stages.
 */
export interface ProjectSpec {
  /**
   * A display name. Default: the id.
   */
  readonly name?: string;
  /**
   * What it is for.
   */
  readonly description?: string;
  /**
   * Who answers for it.
   *
   * @maxItems 100
   */
  readonly owners?: readonly string[];
}
/**
 * A deployment environment.
 */
export interface StageSpec {
  /**
   * A display name. Default: the id.
   */
  readonly name?: string;
  /**
   * What it is for.
   */
  readonly description?: string;
  /**
   * Who answers for it.
   *
   * @maxItems 100
   */
  readonly owners?: readonly string[];
}
/**
 * The link of a stage to a project, and its protection.
 */
export interface ProjectStageSpec {
  /**
   * Whether what the stage serves is changed by change requests only. Default: false.
   */
  readonly requireChangeRequest?: boolean;
  /**
   * Whether whoever asked for a change may not apply it. Default: false.
   */
  readonly requireSecondApprover?: boolean;
}
/**
 * The blueprint of a flag: its type, its variants and what holds where no stage says otherwise.
 */
export interface FeatureFlagSpec {
  /**
   * A display name. Default: the id.
   */
  readonly name?: string;
  /**
   * What the flag is for.
   */
  readonly description?: string;
  /**
   * The type of every variant.
   */
  readonly type: 'BOOLEAN' | 'STRING' | 'NUMBER' | 'INTEGER' | 'OBJECT';
  /**
   * The values to choose from: a map of name to value, or a list. A BOOLEAN flag without has off and on.
   */
  readonly variants?:
    | readonly VariantDefinition[]
    | {
        /**
         * The value.
         */
        readonly [k: string]: unknown;
      };
  /**
   * Whether the flag is on where a stage does not say. Default: false.
   */
  readonly enabled?: boolean;
  /**
   * The variant served when nothing else decides; without one, the code default is.
   */
  readonly defaultVariant?: string | null | boolean;
  /**
   * The variant served while the flag is off.
   */
  readonly offVariant?: string | boolean;
  /**
   * Other flags that must be on and serve a given variant; otherwise this flag is off.
   *
   * @maxItems 100
   */
  readonly prerequisites?: readonly PrerequisiteDefinition[];
  /**
   * What is hashed before the bucketing value. Default: the flag key. Changing it moves every user.
   */
  readonly salt?: string;
  /**
   * Who answers for the flag.
   */
  readonly owner?: string;
  /**
   * Words to find the flag by.
   *
   * @maxItems 100
   */
  readonly tags?: readonly string[];
  readonly metadata?: FlagMetadata;
  /**
   * Whether the flag is kept for its history only: no stage serves it. Default: false.
   */
  readonly archived?: boolean;
}
/**
 * Facts for people and tools, carried with every evaluation. Flat.
 */
export interface FlagMetadata {
  readonly [k: string]: string | number | boolean;
}
/**
 * What a flag does in one stage.
 */
export interface FeatureFlagStageSpec {
  /**
   * Whether the flag decides at all in this stage.
   */
  readonly enabled?: boolean;
  /**
   * The variant served when nothing else decides; without one, the code default is.
   */
  readonly defaultVariant?: string | null | boolean;
  /**
   * The variant served while the flag is off.
   */
  readonly offVariant?: string | boolean;
  /**
   * JSON Logic that yields the name of a variant (flagd); instead of `rules`.
   */
  readonly targeting?: Readonly<Record<string, unknown>> | string | null;
  /**
   * The first rule that matches decides.
   *
   * @maxItems 1000
   */
  readonly rules?: readonly RuleDefinition[];
  /**
   * Single keys and the variant each is served, before any rule.
   *
   * @maxItems 1000
   */
  readonly targets?: readonly TargetDefinition[];
  /**
   * What is served when no rule decides: a variant or a rollout.
   */
  readonly fallthrough?: (number | string) | FallthroughDefinition;
  /**
   * Other flags that must be on and serve a given variant; otherwise this flag is off.
   *
   * @maxItems 100
   */
  readonly prerequisites?: readonly PrerequisiteDefinition[];
  /**
   * Whether random splits count as an experiment. Default: true where more than one variant has weight.
   */
  readonly experiment?: boolean;
}
/**
 * An attribute that contexts carry and targeting may use.
 */
export interface ContextSpec {
  /**
   * A display name. Default: the id.
   */
  readonly name?: string;
  /**
   * What the attribute says.
   */
  readonly description?: string;
  /**
   * The type of its values; VERSION compares as semantic versions.
   */
  readonly type: 'STRING' | 'NUMBER' | 'BOOLEAN' | 'VERSION';
}
/**
 * A flag to make others of: its definition, and what it does in stages.
 */
export interface TemplateSpec {
  /**
   * A display name. Default: the id.
   */
  readonly name?: string;
  /**
   * What flags it is for.
   */
  readonly description?: string;
  readonly flag: FeatureFlagSpec;
  /**
   * The stage definitions, by the ids of their stages.
   */
  readonly stages?: {
    readonly [k: string]: FeatureFlagStageSpec;
  };
}
/**
 * A change of a stage definition, to be decided upon. Only what is here is changed; null takes it out.
 */
export interface ChangeRequestSpec {
  /**
   * An id: small letters, digits and hyphens within, at most 63 characters.
   */
  readonly projectId: string;
  /**
   * The key of a flag: letters, digits, and `-`, `_`, `.` within, at most 200 characters.
   */
  readonly featureFlagId: string;
  /**
   * An id: small letters, digits and hyphens within, at most 63 characters.
   */
  readonly stageId: string;
  /**
   * The version of the stage definition it was written for; `0`: there is none. Default: the one at creation.
   */
  readonly featureFlagStageDefinitionVersion?: string;
  /**
   * Why.
   */
  readonly comment?: string;
  /**
   * When to apply it, once it is approved. Default: at once.
   */
  readonly applyAt?: string;
  /**
   * Whether the flag decides at all in this stage.
   */
  readonly enabled?: boolean | null;
  /**
   * The variant served when nothing else decides; without one, the code default is.
   */
  readonly defaultVariant?: string | null | boolean;
  /**
   * The variant served while the flag is off.
   */
  readonly offVariant?: string | boolean | null;
  /**
   * JSON Logic that yields the name of a variant (flagd); instead of `rules`.
   */
  readonly targeting?: Readonly<Record<string, unknown>> | string | null;
  /**
   * The first rule that matches decides.
   *
   * @maxItems 1000
   */
  readonly rules?: readonly RuleDefinition[] | null;
  /**
   * Single keys and the variant each is served, before any rule.
   *
   * @maxItems 1000
   */
  readonly targets?: readonly TargetDefinition[] | null;
  /**
   * What is served when no rule decides: a variant or a rollout.
   */
  readonly fallthrough?: (number | string) | FallthroughDefinition | null;
  /**
   * Other flags that must be on and serve a given variant; otherwise this flag is off.
   *
   * @maxItems 100
   */
  readonly prerequisites?: readonly PrerequisiteDefinition[] | null;
  /**
   * Whether random splits count as an experiment. Default: true where more than one variant has weight.
   */
  readonly experiment?: boolean | null;
}
/**
 * By what a resource is found.
 */
export interface ResourceMetadata {
  /**
   * The id; a flag’s key. Default: made of the name.
   */
  readonly id?: string;
  /**
   * An id: small letters, digits and hyphens within, at most 63 characters.
   */
  readonly project?: string;
  /**
   * An id: small letters, digits and hyphens within, at most 63 characters.
   */
  readonly stage?: string;
  /**
   * The key of a flag: letters, digits, and `-`, `_`, `.` within, at most 200 characters.
   */
  readonly featureFlagId?: string;
}
/**
 * When and by whom; the server’s own, ignored in requests.
 */
export interface ModificationInfo {
  /**
   * When it was made.
   */
  readonly createdTime?: string;
  readonly createdBy?: string;
  /**
   * When it was last changed.
   */
  readonly lastModifiedTime?: string;
  readonly lastModifiedBy?: string;
}
