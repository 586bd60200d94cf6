import type {
  AttributeDefinition,
  AttributeType,
  ClauseDefinition,
  EvaluationErrorCode,
  JsonValue,
} from '@flagwright/core';

/** What a flag serves. */
export type Outcome =
  | { readonly kind: 'variant'; readonly variant: string; readonly value: JsonValue }
  /** A `default` that is no variant's value. */
  | { readonly kind: 'value'; readonly value: JsonValue }
  /** The flag leaves it to the default in the caller's code. */
  | { readonly kind: 'caller' }
  /** No answer, so the caller's default as well: `FLAG_NOT_FOUND`, `PARSE_ERROR` or `GENERAL`. */
  | { readonly kind: 'error'; readonly code: EvaluationErrorCode; readonly message: string }
  /** JSON Logic that is not taken apart: which variant, depends on what it yields. */
  | { readonly kind: 'expression'; readonly expression: string };

/** A fact about a context, which a flag asks for. */
export type Predicate =
  /** A clause of a rule, never negated: `neq` is told as an attribute that `exists` and is not `eq`. */
  | { readonly kind: 'clause'; readonly clause: ClauseDefinition }
  /** The targeting key is listed in `targets`. */
  | { readonly kind: 'targeted'; readonly keys: readonly string[] }
  /** Another flag is on and serves the variant. */
  | { readonly kind: 'prerequisite'; readonly key: string; readonly variation: string | number }
  /** A JSON Logic expression, shared evaluators written out, yields something true. */
  | { readonly kind: 'logic'; readonly expression: unknown }
  /**
   * The context has what a split hashes. `value`: as rollouts want it, a text that is not empty or a number, where
   * `key` is the targeting key under either name. `string`: a text that is not empty. `text`: something whose text is
   * not empty; these two are read as `var` reads.
   */
  | { readonly kind: 'bucketing'; readonly attribute: string; readonly form: 'value' | 'string' | 'text' }
  /** All of these together. */
  | { readonly kind: 'all'; readonly of: readonly Condition[] };

/** A fact that holds, or does not. */
export interface Condition {
  readonly predicate: Predicate;
  /** Whether it holds of the audience. */
  readonly holds: boolean;
  /** The same as a part of a sentence, with what `holds` says: `country is not "DE"`. */
  readonly text: string;
}

/** How many of an audience, by the hash that splits use. */
export interface Share {
  /**
   * Out of 4294967296, the number of hashes. A whole number, and exact, where one hash decides; where several do, their
   * product, as near as a double is.
   */
  readonly buckets: number;
  /** The same from 0 to 1. */
  readonly share: number;
  /** Several hashes decide, of different salts or attributes, taken to be independent of each other. */
  readonly independent: boolean;
}

/** A part of an audience that is served something else than before. */
export interface Move extends Share {
  readonly from: Outcome;
  readonly to: Outcome;
}

/** A part of an audience that is served what it was before. */
export interface Stay extends Share {
  /** Undefined: several outcomes, each of them the same as before. */
  readonly outcome: Outcome | undefined;
}

/** Those contexts of which the same conditions hold, as far as the change asks for them. */
export interface Audience {
  /** All of them hold; none: everybody. */
  readonly conditions: readonly Condition[];
  /** Who moves; at least one. Together with `stays`, all of the audience. */
  readonly moves: readonly Move[];
  readonly stays: readonly Stay[];
  /**
   * Every share is exact, and everybody in a move is served something else. False where an outcome or a condition
   * depends on an expression that is not taken apart: of those some, all or none may move.
   */
  readonly exact: boolean;
}

/** What a change does to the flag as a whole. Only what differs is there. */
export interface Summary {
  readonly created?: true;
  readonly removed?: true;
  /** Whether the flag decides at all. */
  readonly enabled?: { readonly from: boolean; readonly to: boolean };
  /** In the words of evaluation; `mixed`: the variants are of several types. */
  readonly type?: { readonly from: string; readonly to: string };
  readonly variants?: {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    readonly changed: readonly { readonly name: string; readonly from: JsonValue; readonly to: JsonValue }[];
  };
  /** What is served where no rule decides, and no split. */
  readonly default?: { readonly from: Outcome; readonly to: Outcome };
  /** What is served while the flag is off. */
  readonly off?: { readonly from: Outcome; readonly to: Outcome };
  /** Why the definition cannot be used. Who read the flag before keeps the last one that could. */
  readonly unusable?: { readonly before?: string; readonly after?: string };
}

/** What the change of one flag does. */
export interface Effect {
  readonly key: string;
  readonly summary: Summary;
  /** Nothing differs that anybody could be served, neither now nor when the flag is switched off. */
  readonly identical: boolean;
  /** Those of whom somebody moves. No context is in two of them. */
  readonly audiences: readonly Audience[];
  /** There are contexts in none of the audiences: they are served what they were. */
  readonly others: boolean;
  /** Every audience is here. */
  readonly complete: boolean;
  /** Why not. */
  readonly reason?: string;
  /**
   * Attributes taken to have one value and no list of them: a list could fulfil `tier eq a` and `tier eq b` at once.
   * Attributes that are declared a list are never taken so.
   */
  readonly singleValued: readonly string[];
  /** The time the effect is told for, in ms since the epoch, where it depends on it. */
  readonly at?: number;
}

/** What definitions may refer to. Segments they name are taken to exist. */
export interface EffectOptions {
  /** The declared attributes of the document. */
  readonly attributes?: Readonly<Record<string, AttributeType | AttributeDefinition>> | undefined;
  /** The shared evaluators of the document, by name. */
  readonly evaluators?: Readonly<Record<string, unknown>> | undefined;
  /** The time in ms since the epoch, put in place of `$flagd.timestamp`; without it, that is a condition like others. */
  readonly now?: number | undefined;
}
