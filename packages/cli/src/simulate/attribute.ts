import type { EvaluationContext } from '@flagwright/core';

/** An attribute of a context: its exact name, else a dotted path; either name of the targeting key. */
export function attributeOf(context: EvaluationContext, name: string): unknown {
  if (Object.hasOwn(context, name)) return context[name];
  if (name === 'targetingKey') return Object.hasOwn(context, 'key') ? context.key : undefined;
  if (name === 'key') return Object.hasOwn(context, 'targetingKey') ? context.targetingKey : undefined;
  if (!name.includes('.')) return undefined;
  let value: unknown = context;
  for (const step of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[step];
  }
  return value;
}
