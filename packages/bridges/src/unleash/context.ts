import type { EvaluationContext } from '@flagwright/core';
import type { UnleashContext } from './client.ts';

/** The fields that Unleash knows by name. */
const FIELDS: ReadonlySet<string> = new Set(['userId', 'sessionId', 'remoteAddress', 'environment', 'appName']);

/**
 * What properties inherit: whatever a server asks for, it finds no `constructor` here. Asked for `properties` itself, the
 * client takes the text of all of them, which is that of the attribute of this name.
 */
const PROPERTIES: object = Object.create(null, {
  [Symbol.toPrimitive]: {
    value(this: Readonly<Record<string, string>>): string {
      return this.properties ?? '';
    },
  },
}) as object;

/**
 * An evaluation context as Unleash takes it: `targetingKey`, else `userId`, is the `userId`; what Unleash does not know
 * by name is a property. Numbers and booleans become text, dates ISO 8601; null, objects and arrays are left out.
 */
export function unleashContext(context: EvaluationContext): UnleashContext {
  const mapped: UnleashContext = {};
  let properties: Record<string, string> | undefined;
  for (const name of Object.keys(context)) {
    const value = context[name];
    if (name === 'targetingKey') continue;
    if (name === 'currentTime') {
      const time = timeOf(value);
      if (time !== undefined) mapped.currentTime = time;
      continue;
    }
    const text = textOf(value);
    if (text === undefined) continue;
    if (FIELDS.has(name)) mapped[name] = text;
    else {
      properties ??= Object.create(PROPERTIES) as Record<string, string>;
      properties[name] = text;
    }
  }
  const userId = textOf(context.targetingKey);
  if (userId !== undefined && userId !== '') mapped.userId = userId;
  if (properties !== undefined) mapped.properties = properties;
  return mapped;
}

function textOf(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'boolean':
    case 'bigint':
      return String(value);
    default:
      return value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString() : undefined;
  }
}

function timeOf(value: unknown): Date | undefined {
  if (!(value instanceof Date || typeof value === 'string' || typeof value === 'number')) return undefined;
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? undefined : time;
}
