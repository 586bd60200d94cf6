import type { EvaluationContext } from './scope.ts';

/** Reads one attribute of a context; `undefined` when it is not there. */
export type Getter = (context: EvaluationContext) => unknown;

/** An attribute as compiled code reads it. */
export interface Attribute {
  readonly get: Getter;
  /** The property to read, where reading one property is all there is to it. */
  readonly plain: string | undefined;
}

/** The attribute of a name, see `getter`. */
export function attributeNamed(name: string): Attribute {
  const plain = name !== 'key' && name !== 'targetingKey' && !name.includes('.') && !(name in Object.prototype);
  return { get: getter(name), plain: plain ? name : undefined };
}

/**
 * The getter of an attribute: its exact name first, then, for a dotted name, the path. `key` and `targetingKey` are two
 * names of one attribute; `targetingKey` wins where a context has both. Names that every object inherits
 * (`constructor`, `__proto__`) are read only if the context owns them.
 */
export function getter(attribute: string): Getter {
  if (attribute === 'key' || attribute === 'targetingKey') return targetingKey;
  if (attribute.includes('.')) return dotted(attribute);
  if (attribute in Object.prototype) {
    return (context) => (Object.hasOwn(context, attribute) ? context[attribute] : undefined);
  }
  return (context) => context[attribute];
}

/** The targeting key of a context: `targetingKey`, else `key`. */
export const targetingKey: Getter = (context) => context.targetingKey ?? context.key;

function dotted(attribute: string): Getter {
  const steps = attribute.split('.');
  return (context) => {
    if (Object.hasOwn(context, attribute)) return context[attribute];
    let value: unknown = context;
    for (const step of steps) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
      value = (value as Record<string, unknown>)[step];
    }
    return value;
  };
}
