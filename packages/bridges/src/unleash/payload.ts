import type { JsonValue, ResolvedType } from '@flagwright/core';
import { notJson } from '@flagwright/core';
import type { UnleashPayload } from './client.ts';

/** What a payload says: a value and its type, and what it is as a string if that is something else; or why nothing. */
export type Content =
  | { readonly type: ResolvedType; readonly value: JsonValue; readonly text?: string; readonly problem?: undefined }
  | { readonly problem: string };

const contents = new WeakMap<object, Content>();

/**
 * Reads a payload, once as long as the client keeps it. A csv is a list, split at commas, and asked for as a string its
 * text. A problem repeats nothing of the content.
 */
export function contentOf(payload: UnleashPayload): Content {
  let content = contents.get(payload);
  if (content === undefined) {
    content = read(payload);
    contents.set(payload, content);
  }
  return content;
}

function read({ type, value }: UnleashPayload): Content {
  if (typeof value !== 'string') return { problem: `has a ${typeof value} for a text` };
  switch (type) {
    case 'string':
      return { type: 'string', value };
    case 'number':
      return readNumber(value);
    case 'json':
      return readJson(value);
    case 'csv': {
      const list = value.trim() === '' ? [] : value.split(',').map((part) => part.trim());
      return { type: 'object', value: list, text: value };
    }
    default:
      return { problem: 'is of a type that is not known here; expected string, number, json or csv' };
  }
}

function readNumber(text: string): Content {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(value)) return { problem: 'says that it is a number, and is none' };
  return { type: 'number', value };
}

function readJson(text: string): Content {
  try {
    const value: unknown = JSON.parse(text);
    const why = notJson(value);
    if (why !== undefined) return { problem: `is json that is ${why}` };
    return { type: kindOf(value), value: value as JsonValue };
  } catch {
    return { problem: 'says that it is json, and is none' };
  }
}

/** The type in which the value of a json payload is asked for. */
function kindOf(value: unknown): ResolvedType {
  const type = typeof value;
  return type === 'boolean' || type === 'string' || type === 'number' ? type : 'object';
}
