// Generated from schema.ts by `pnpm generate`; do not edit.

/**
 * The type of an attribute; `version` is compared as a semantic version by JSON Logic.
 */
export type AttributeType = 'boolean' | 'string' | 'number' | 'integer' | 'version' | 'date' | 'list' | 'object';
/**
 * A value that wins over everything the flag says, for development: any JSON, or {variant: name}.
 */
export type OverrideDefinition = unknown;
/**
 * The hash that splits use: MurmurHash3 x86 32-bit of UTF-8(salt + value), as flagd v2 has it.
 */
export type Bucketing = 'murmur3';

/**
 * A set of feature flags.
 */
export interface FlagDocument {
  /**
   * The schema, for editors.
   */
  readonly $schema?: string;
  /**
   * The flags: a map of key to definition, or a list of definitions with `key`.
   */
  readonly flags?: Readonly<Record<string, FlagDefinition>> | ReadonlyMap<string, FlagDefinition> | readonly FlagDefinition[];
  /**
   * Named groups of users.
   */
  readonly segments?: {
    readonly [k: string]: SegmentDefinition;
  };
  /**
   * JSON Logic shared between flags by {"$ref": name}.
   */
  readonly $evaluators?: {
    /**
     * A JSON Logic expression.
     */
    readonly [k: string]: unknown;
  };
  /**
   * The attributes a context may carry, and their types.
   */
  readonly attributes?: {
    readonly [k: string]: AttributeType | AttributeDefinition;
  };
  /**
   * Flag key to the value it is forced to.
   */
  readonly overrides?: {
    readonly [k: string]: OverrideDefinition;
  };
  readonly bucketing?: Bucketing;
  readonly metadata?: FlagMetadata;
}
/**
 * A named group of users, for the operator `inSegment`.
 */
export interface SegmentDefinition {
  /**
   * A display name.
   */
  readonly name?: string;
  /**
   * Who is in it.
   */
  readonly description?: string;
  /**
   * Targeting keys that are always in.
   */
  readonly included?: readonly string[];
  /**
   * Targeting keys that are out, unless included.
   */
  readonly excluded?: readonly string[];
  /**
   * Those who match one of these are in.
   */
  readonly rules?: readonly SegmentRuleDefinition[];
}
/**
 * Those who match every clause.
 */
export interface SegmentRuleDefinition {
  /**
   * A name for people.
   */
  readonly id?: string;
  /**
   * Conditions, all of which must hold.
   *
   * @minItems 1
   */
  readonly clauses: readonly ClauseDefinition[];
}
/**
 * A condition on one attribute of the context. An attribute that is missing never matches.
 */
export interface ClauseDefinition {
  /**
   * The attribute: its exact name, else a dotted path. `key` is the targeting key.
   */
  readonly attribute?: string;
  /**
   * How the attribute is compared with the values.
   */
  readonly operator:
    | 'eq'
    | 'neq'
    | 'in'
    | 'notIn'
    | 'contains'
    | 'startsWith'
    | 'endsWith'
    | 'matches'
    | 'gt'
    | 'gte'
    | 'lt'
    | 'lte'
    | 'before'
    | 'after'
    | 'semver'
    | 'cidr'
    | 'exists'
    | 'inSegment';
  /**
   * One of them must match (for `neq` and `notIn`: none).
   *
   * Items: A value to compare with.
   */
  readonly values?: readonly unknown[];
  /**
   * Turns the result round; a missing attribute still does not match.
   */
  readonly negate?: boolean;
}
/**
 * What an attribute of the evaluation context is.
 */
export interface AttributeDefinition {
  readonly type: AttributeType;
  /**
   * A display name.
   */
  readonly name?: string;
  /**
   * What the attribute says.
   */
  readonly description?: string;
  /**
   * Every context has it.
   */
  readonly required?: boolean;
}
/**
 * Facts for people and tools, carried with every evaluation. Flat.
 */
export interface FlagMetadata {
  readonly [k: string]: string | number | boolean;
}
/**
 * A feature flag: which value is served to whom.
 */
export interface FlagDefinition {
  /**
   * The key, where flags are given as a list.
   */
  readonly key?: string;
  /**
   * A display name.
   */
  readonly name?: string;
  /**
   * What the flag is for.
   */
  readonly description?: string;
  /**
   * The type of every value: boolean (bool), string, integer (int), number (float) or json (object). Read off the variants or the default when absent.
   */
  readonly type?: 'boolean' | 'bool' | 'string' | 'integer' | 'int' | 'number' | 'float' | 'json' | 'object';
  /**
   * Whether the flag decides at all. Default: true.
   */
  readonly enabled?: boolean;
  /**
   * flagd's word for `enabled`.
   */
  readonly state?: 'ENABLED' | 'DISABLED';
  /**
   * The value served when nothing else decides, and while the flag is off without an `offVariant`.
   */
  readonly default?: unknown;
  /**
   * The values to choose from: a list, or a map of name to value.
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
   * The variant served when no rule decides; null or absent: `default`, else the caller's own default.
   */
  readonly defaultVariant?: string | null | boolean;
  /**
   * The variant served while the flag is off.
   */
  readonly offVariant?: string | boolean;
  /**
   * What is served when no rule decides: a variant or a rollout.
   */
  readonly fallthrough?: (number | string) | FallthroughDefinition;
  /**
   * Other flags that must be on and serve a given variant; otherwise this flag is off.
   */
  readonly prerequisites?: readonly PrerequisiteDefinition[];
  /**
   * Single keys and the variant each is served, before any rule.
   */
  readonly targets?: readonly TargetDefinition[];
  /**
   * The first rule that matches decides.
   */
  readonly rules?: readonly RuleDefinition[];
  /**
   * JSON Logic that yields the name of a variant (flagd); instead of `rules`.
   */
  readonly targeting?: Readonly<Record<string, unknown>> | string | null;
  /**
   * What is hashed before the bucketing value. Default: the flag key. Changing it moves every user.
   */
  readonly salt?: string;
  readonly bucketing?: Bucketing;
  /**
   * Whether random splits count as an experiment. Default: true where more than one variant has weight.
   */
  readonly experiment?: boolean;
  readonly metadata?: FlagMetadata;
  /**
   * Who answers for the flag.
   */
  readonly owner?: string;
  /**
   * Words to find the flag by.
   */
  readonly tags?: readonly string[];
  /**
   * When the flag was made.
   */
  readonly createdAt?: string;
  /**
   * When the flag was last changed.
   */
  readonly updatedAt?: string;
  /**
   * Same as `createdAt`.
   */
  readonly created_at?: string;
  /**
   * Same as `updatedAt`.
   */
  readonly updated_at?: string;
}
/**
 * One of the values a flag can serve.
 */
export interface VariantDefinition {
  /**
   * The name; unique within the flag.
   */
  readonly name: string;
  /**
   * The value served; of the type of the flag.
   */
  readonly value: unknown;
  /**
   * The share of users, relative to the weights of the other variants, when no rule decides.
   */
  readonly weight?: number;
  /**
   * What the variant means.
   */
  readonly description?: string;
}
/**
 * What is served when no rule decides.
 */
export interface FallthroughDefinition {
  /**
   * A variant, by name or by its position in `variants` counting from 0.
   */
  readonly variation?: number | string;
  readonly rollout?: RolloutDefinition;
}
/**
 * Splits users at random, yet always the same user to the same variant.
 */
export interface RolloutDefinition {
  /**
   * The attribute whose value is hashed. Default: `key`, the targeting key.
   */
  readonly bucketBy?: string;
  /**
   * Shares in order; what is left of 100000 goes to the last.
   *
   * @minItems 1
   */
  readonly variations: readonly WeightedVariation[];
  /**
   * An experiment is reported as such (`inExperiment`); a rollout is not.
   */
  readonly kind?: 'rollout' | 'experiment';
  /**
   * Hashed before the value, instead of the salt of the flag.
   */
  readonly salt?: string;
  readonly bucketing?: Bucketing;
}
/**
 * A variant and its share of a rollout.
 */
export interface WeightedVariation {
  /**
   * A variant, by name or by its position in `variants` counting from 0.
   */
  readonly variation: number | string;
  /**
   * The share in thousandths of a percent: 20000 is 20 %.
   */
  readonly weight: number;
  /**
   * Served, but not part of the experiment.
   */
  readonly untracked?: boolean;
}
/**
 * Another flag that must be on and serve this variant.
 */
export interface PrerequisiteDefinition {
  /**
   * The other flag.
   */
  readonly key: string;
  /**
   * A variant, by name or by its position in `variants` counting from 0.
   */
  readonly variation: number | string;
}
/**
 * Targeting keys that are served one variant.
 */
export interface TargetDefinition {
  /**
   * A variant, by name or by its position in `variants` counting from 0.
   */
  readonly variation: number | string;
  /**
   * Targeting keys.
   */
  readonly values: readonly string[];
}
/**
 * Serves a variant or a rollout to those who match every clause; no clauses: to everybody.
 */
export interface RuleDefinition {
  /**
   * Named in the evaluation. Default: the position, e.g. `rule-0`.
   */
  readonly id?: string;
  /**
   * A display name.
   */
  readonly name?: string;
  /**
   * Whom the rule is for.
   */
  readonly description?: string;
  /**
   * Conditions, all of which must hold.
   */
  readonly clauses?: readonly ClauseDefinition[];
  /**
   * A variant, by name or by its position in `variants` counting from 0.
   */
  readonly variation?: number | string;
  /**
   * With `variation`: serve it only to this share of those who match, 0 to 100; the others go on to the next rule.
   */
  readonly percentage?: number;
  readonly rollout?: RolloutDefinition;
}
