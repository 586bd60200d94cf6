import type { AttributeType } from '@flagwright/core';
import { addressEdges } from './edges-address.ts';
import { numberEdges, timeEdges } from './edges-number.ts';
import { expressionEdges, orderEdges, partEdges, versionEdges, withinEdges } from './edges-text.ts';

/**
 * Values at which a comparison may have another result: what it is with, and what is next to that on either side. The
 * most telling ones come first; a list is an attribute with such elements.
 */
export function edgesOf(operator: string, value: unknown, type: AttributeType | undefined): readonly unknown[] {
  if (!isScalar(value)) return [];
  const edges = edgesFor(operator, value, type);
  return type === 'list' ? edges.map((edge) => (Array.isArray(edge) ? edge : [edge])) : edges;
}

type Scalar = string | number | boolean;

const isScalar = (value: unknown): value is Scalar =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

function edgesFor(operator: string, value: Scalar, type: AttributeType | undefined): readonly unknown[] {
  const text = String(value);
  switch (operator) {
    case 'contains':
      if (typeof value !== 'string') return [[value]];
      return type === undefined ? [text, [text], ...partEdges(operator, text).slice(1)] : partEdges(operator, text);
    case 'startsWith':
    case 'endsWith':
      return partEdges(operator, text);
    case 'matches':
      return expressionEdges(text);
    case 'semver':
      return versionEdges(text);
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return orderedEdges(value, type);
    case 'before':
    case 'after':
      return timeEdges(value);
    case 'cidr':
      return addressEdges(text);
    case 'within':
      return withinEdges(text);
    case 'element':
      return [[value]];
    case 'around':
      return typeof value === 'string' ? [value, `${value}x`, `x${value}`, ...numbersIn(value)] : around(value);
    case 'exists':
    case 'bucket':
      return [];
    default:
      return equalEdges(value, type);
  }
}

const around = (value: number | boolean): readonly unknown[] =>
  typeof value === 'number' ? numberEdges(value) : [value];

function orderedEdges(value: Scalar, type: AttributeType | undefined): readonly unknown[] {
  if (typeof value !== 'string') {
    return around(value).filter((edge) => type !== 'integer' || Number.isInteger(edge));
  }
  const times = timeEdges(value);
  if (times.length > 0) return [...orderEdges(value), ...times];
  const versions = versionEdges(value);
  return type === 'version' ? versions : [...new Set([...orderEdges(value), ...versions]), ...numbersIn(value)];
}

/** JSON Logic takes a text that is a number for one, and a number for such a text. */
function equalEdges(value: Scalar, type: AttributeType | undefined): readonly unknown[] {
  if (typeof value === 'boolean') return [value];
  if (typeof value === 'number') return type === undefined ? [value, String(value)] : [value];
  if (type === 'version') return [value, ...versionEdges(value)];
  return type === undefined ? [value, ...numbersIn(value).slice(0, 1)] : [value];
}

function numbersIn(text: string): readonly number[] {
  return /^-?\d+(?:\.\d+)?$/.test(text) ? numberEdges(Number(text)) : [];
}
