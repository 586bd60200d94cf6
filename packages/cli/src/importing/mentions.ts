import { isRecord } from '@flagwright/core';

/** Operators that take what they are given as text, or as a version, whatever type the attribute has. */
const WHATEVER_TYPE: ReadonlySet<string> = new Set([
  'sem_ver',
  'in',
  'starts_with',
  'ends_with',
  'cat',
  'substr',
  'fractional',
]);

/**
 * Whether JSON Logic may answer otherwise if an attribute is a version, or is one no more: it reads it elsewhere than where
 * its type does not count. An attribute whose name is worked out may be any.
 */
export function mentionsAsValue(logic: unknown, name: string): boolean {
  if (Array.isArray(logic)) return logic.some((part) => mentionsAsValue(part, name));
  if (!isRecord(logic)) return false;
  return Object.entries(logic).some(([operator, operand]) => {
    const args: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
    if (operator === 'var') return typeof args[0] !== 'string' || args[0] === name;
    const counting = WHATEVER_TYPE.has(operator) ? args.filter((arg) => !isPlainRead(arg)) : args;
    return counting.some((part) => mentionsAsValue(part, name));
  });
}

function isPlainRead(value: unknown): boolean {
  if (!isRecord(value) || Object.keys(value).length !== 1) return false;
  const { var: read } = value;
  return typeof (Array.isArray(read) ? read[0] : read) === 'string';
}
