import { jsonEqual } from '@flagwright/core';
import { callOf, constantOf, resolved, variableOf } from './logic.ts';
import type { SetView } from './view.ts';

type Scalar = string | number | boolean;

/** A comparison of an expression with what is written out. */
type Atom =
  | { readonly kind: 'one-of'; readonly subject: string; readonly values: readonly Scalar[] }
  | { readonly kind: 'low' | 'high'; readonly subject: string; readonly at: number; readonly open: boolean }
  | { readonly kind: 'start' | 'end'; readonly subject: string; readonly text: string };

const FLIPPED: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };
const FLAG_KEY = '$flagd.flagKey';

/** More operands are not compared with each other, and nothing deeper. */
const MOST_OPERANDS = 50;
const DEEPEST = 8;

/** Whether the truth of one condition follows from that of another, in every context. Sound, and seldom complete. */
export function conditionImplies(one: unknown, other: unknown, set: SetView, depth = 0): boolean {
  const [a, b] = [resolved(one, set), resolved(other, set)];
  if (jsonEqual(a, b)) return true;
  if (depth > DEEPEST) return false;
  const [from, to] = [callOf(a), callOf(b)];
  if (from === undefined || to === undefined) return false;
  if (from.args.length > MOST_OPERANDS || to.args.length > MOST_OPERANDS) return false;
  const next = (x: unknown, y: unknown): boolean => conditionImplies(x, y, set, depth + 1);
  if (from.name === '!!' && from.args.length === 1) return next(from.args[0], b);
  if (to.name === '!!' && to.args.length === 1) return next(a, to.args[0]);
  if (from.name === '!' && to.name === '!') return next(to.args[0], from.args[0]);
  if (from.name === 'or' && from.args.length > 0) return from.args.every((arg) => next(arg, b));
  if (to.name === 'and' && to.args.length > 0) return to.args.every((arg) => next(a, arg));
  if (from.name === 'and' && from.args.some((arg) => next(arg, b))) return true;
  if (to.name === 'or') return to.args.some((arg) => next(a, arg));
  const [x, y] = [atomOf(a, set), atomOf(b, set)];
  return x !== undefined && y !== undefined && x.subject === y.subject && atomImplies(x, y);
}

/** Whether two conditions hold of no context together. Sound, and seldom complete. */
export function conditionsExclude(one: unknown, other: unknown, set: SetView, depth = 0): boolean {
  const [a, b] = [resolved(one, set), resolved(other, set)];
  if (depth > DEEPEST) return false;
  for (const [x, y] of [
    [a, b],
    [b, a],
  ] as const) {
    const call = callOf(x);
    if (call === undefined || call.args.length > MOST_OPERANDS) continue;
    if (call.name === '!' && conditionImplies(y, call.args[0], set, depth + 1)) return true;
    if (call.name === 'and' && call.args.some((arg) => conditionsExclude(arg, y, set, depth + 1))) return true;
  }
  const [x, y] = [atomOf(a, set), atomOf(b, set)];
  return x !== undefined && y !== undefined && x.subject === y.subject && atomsExclude(x, y);
}

function atomImplies(a: Atom, b: Atom): boolean {
  if (a.kind === 'one-of') return a.values.every((value) => hasAtom(value, b) === true);
  if (a.kind !== b.kind) return false;
  if (a.kind === 'low' && b.kind === 'low') return a.at > b.at || (a.at === b.at && (a.open || !b.open));
  if (a.kind === 'high' && b.kind === 'high') return a.at < b.at || (a.at === b.at && (a.open || !b.open));
  if (a.kind === 'start' && b.kind === 'start') return a.text.startsWith(b.text);
  return a.kind === 'end' && b.kind === 'end' && a.text.endsWith(b.text);
}

function atomsExclude(a: Atom, b: Atom): boolean {
  if (a.kind === 'one-of') return a.values.every((value) => hasAtom(value, b) === false);
  if (b.kind === 'one-of') return atomsExclude(b, a);
  if (a.kind === 'low' && b.kind === 'high') return a.at > b.at || (a.at === b.at && (a.open || b.open));
  if (a.kind === 'high' && b.kind === 'low') return atomsExclude(b, a);
  if (a.kind === 'start' && b.kind === 'start') return !a.text.startsWith(b.text) && !b.text.startsWith(a.text);
  return a.kind === 'end' && b.kind === 'end' && !a.text.endsWith(b.text) && !b.text.endsWith(a.text);
}

/** Whether a comparison holds of a value; undefined where that takes a conversion. */
function hasAtom(value: Scalar, atom: Atom): boolean | undefined {
  switch (atom.kind) {
    case 'one-of':
      return atom.values.includes(value);
    case 'low':
      if (typeof value !== 'number') return undefined;
      return value > atom.at || (value === atom.at && !atom.open);
    case 'high':
      if (typeof value !== 'number') return undefined;
      return value < atom.at || (value === atom.at && !atom.open);
    case 'start':
      return typeof value === 'string' && value.startsWith(atom.text);
    case 'end':
      return typeof value === 'string' && value.endsWith(atom.text);
  }
}

function atomOf(raw: unknown, set: SetView): Atom | undefined {
  const call = callOf(raw);
  if (call === undefined || call.args.length !== 2) return undefined;
  const [left, right] = call.args;
  const { name } = call;
  if (name === 'in' || name === 'starts_with' || name === 'ends_with') {
    const subject = subjectOf(left, set);
    const value = constantOf(right, set)?.value;
    if (subject === undefined) return undefined;
    if (name !== 'in') {
      if (typeof value !== 'string') return undefined;
      return { kind: name === 'starts_with' ? 'start' : 'end', subject, text: value };
    }
    return Array.isArray(value) && value.length > 0 && value.every(isScalar)
      ? { kind: 'one-of', subject, values: value }
      : undefined;
  }
  for (const [variable, literal, flipped] of [
    [left, right, false],
    [right, left, true],
  ] as const) {
    const subject = subjectOf(variable, set);
    const value = subject === undefined ? undefined : constantOf(literal, set)?.value;
    if (subject === undefined || !isScalar(value)) continue;
    if (name === '===' || (name === '==' && typeof value === 'string' && Number.isNaN(Number(value)))) {
      return { kind: 'one-of', subject, values: [value] };
    }
    const operator = flipped ? FLIPPED[name] : name;
    if (operator === undefined || FLIPPED[operator] === undefined || typeof value !== 'number') return undefined;
    // the flag's key is a bucket where it is compared with a share, and only there
    if (variableOf(variable) === FLAG_KEY && !(value >= 0 && value <= 1)) return undefined;
    return { kind: operator.startsWith('>') ? 'low' : 'high', subject, at: value, open: operator.length === 1 };
  }
  return undefined;
}

/** What is compared: an attribute, read by name. Versions are compared in a way of their own. */
function subjectOf(raw: unknown, set: SetView): string | undefined {
  const name = variableOf(resolved(raw, set));
  return name === undefined || set.typeOf(name) === 'version' ? undefined : name;
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
