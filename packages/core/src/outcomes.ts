import type { FlagDefinition } from './document.generated.ts';
import type { Evaluation, JsonValue, Metadata, Outcome } from './evaluation.ts';
import { failed, served } from './evaluation.ts';
import { frozenCopy } from './json.ts';
import type { Model, Variant } from './model.ts';
import { findNamedVariant, variantOfValue } from './model.ts';

/** How a variant came to be served: everything of an `Outcome` but the variant and the flag. */
export type Because = Pick<Outcome, 'reason' | 'standardReason'> & Partial<Outcome>;

/** Builds the evaluations one flag can end in. Each is built once, at load or at first use, and shared from then on. */
export class Outcomes {
  readonly #marked = new Map<Evaluation, Evaluation>();
  readonly #values = new Map<Variant, JsonValue>();
  readonly #definition: FlagDefinition;
  readonly key: string;
  readonly model: Model;
  readonly metadata: Metadata;

  constructor(key: string, definition: FlagDefinition, model: Model, metadata: Metadata) {
    this.key = key;
    this.#definition = definition;
    this.model = model;
    this.metadata = metadata;
  }

  /** Serves a variant, or, without one, leaves the value to the caller's default. */
  variant(variant: Variant | undefined, because: Because): Evaluation {
    const { key, metadata } = this;
    if (variant === undefined) return served({ key, metadata, value: undefined, ...because });
    return served({
      key,
      metadata,
      value: this.#valueOf(variant),
      variant: variant.name,
      variationIndex: variant.index,
      ...because,
    });
  }

  /** Serves a value, under the name of the first variant that has it. */
  value(value: unknown, because: Because): Evaluation {
    const variant = variantOfValue(this.model, value);
    if (variant !== undefined) return this.variant(variant, because);
    return served({ key: this.key, metadata: this.metadata, value: frozenCopy(value), ...because });
  }

  /** What is served when nothing more specific decides: `defaultVariant`, else `default`, else the caller's own. */
  byDefault(because: Because): Evaluation {
    const { defaultVariant, default: value } = this.#definition;
    if (defaultVariant !== undefined && defaultVariant !== null) {
      return this.variant(findNamedVariant(this.model, defaultVariant), because);
    }
    if (value !== undefined) return this.value(value, because);
    return this.variant(undefined, { ...because, standardReason: 'DEFAULT' });
  }

  /** What is served while the flag is off: `offVariant`, else `default`, else the caller's own. Never `defaultVariant`. */
  off(because: Because): Evaluation {
    const { offVariant, default: value } = this.#definition;
    if (offVariant !== undefined) return this.variant(findNamedVariant(this.model, offVariant), because);
    return value === undefined ? this.variant(undefined, because) : this.value(value, because);
  }

  /** JSON Logic that yields something other than a variant. */
  unknownVariant(value: string): Evaluation {
    return failed(this.key, 'GENERAL', `targeting yields ${value}, which is no variant of the flag`, this.metadata);
  }

  /** The same answer, marked: a split was passed over because the context lacks what it hashes. */
  keyMissing(answer: Evaluation): Evaluation {
    if (answer.reason === 'ERROR' || answer.bucketingKeyMissing) return answer;
    let marked = this.#marked.get(answer);
    if (marked === undefined) {
      marked = served({
        ...answer,
        standardReason: answer.details.reason,
        metadata: this.metadata,
        bucketingKeyMissing: true,
      });
      this.#marked.set(answer, marked);
    }
    return marked;
  }

  /** One frozen copy of each value, shared by all outcomes that serve it. */
  #valueOf(variant: Variant): JsonValue {
    let value = this.#values.get(variant);
    if (value === undefined) {
      value = frozenCopy(variant.value);
      this.#values.set(variant, value);
    }
    return value;
  }
}
