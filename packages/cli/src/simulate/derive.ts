import type { AttributeType, Snapshot } from '@flagwright/core';
import { edgesOf } from './edges.ts';
import { inTurns, wordBeside } from './edges-text.ts';
import type { Reads, Use } from './reads.ts';
import { nameWritten, writtenAs } from './spec.ts';

/** So many values of an attribute are made; of those, at most so many of what one of two sets alone asks for. */
const MOST = 60;
const MOST_CHANGED = 40;

/** Keys that are listed are met by so many in a hundred altogether, those that one of two sets alone lists aside. */
const MOST_KEYS = 30;
const CHANGED_KEYS = 20;

/** So many in a hundred have nothing that a split could hash. */
const KEYLESS = 10;

/** The declared type of an attribute. */
export function declaredType({ document }: Snapshot, name: string): AttributeType | undefined {
  const { attributes = {} } = document;
  const declared = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  return typeof declared === 'object' ? declared.type : declared;
}

/**
 * Specs of contexts that meet what a flag asks for: each value that it compares an attribute with, what is next to it on
 * either side, and another one; some without the attribute, and `keyless` in a hundred without what a split hashes. How often
 * each value is there says nothing of real users.
 */
export function derivedSpecs(
  reads: Reads,
  typeOf: (name: string) => AttributeType | undefined,
  keyless: number = KEYLESS,
): readonly string[] {
  const specs = [`targetingKey=${keySpec(reads.get('targetingKey'), keyless)}`];
  for (const [name, uses] of reads) {
    if (name !== 'targetingKey') specs.push(`${nameWritten(name)}=${specOf(uses, typeOf(name), keyless)}`);
  }
  return specs;
}

const isHashed = ({ operator }: Use): boolean => operator === 'bucket';

/** Listed keys are met by few, so that splits are seen by many others. */
function keySpec(uses: readonly Use[] | undefined, keyless: number): string {
  if (uses === undefined) return 'uuid';
  const changed = knownOf(
    uses.filter(({ changed }) => changed),
    'string',
    CHANGED_KEYS,
  );
  const others = knownOf(uses, 'string', MOST_KEYS).filter((key) => !changed.includes(key) && !key.startsWith('['));
  const weights = [
    ...changed.map((key) => [key, Math.max(1, Math.floor(CHANGED_KEYS / changed.length))] as const),
    ...others.slice(0, MOST_KEYS - changed.length).map((key) => [key, 1] as const),
  ];
  const listed = weights.reduce((sum, [, weight]) => sum + weight, 0);
  const all = [...weights, ['uuid', 100 - keyless - listed] as const, ['missing', keyless] as const];
  const made = all.filter(([, weight]) => weight > 0);
  if (made.length === 1) return 'uuid';
  return made.map(([key, weight]) => `${key}:${weight}`).join('|');
}

function specOf(uses: readonly Use[], type: AttributeType | undefined, keyless: number): string {
  if (uses.every(isHashed)) return keyless === 0 ? 'uuid' : `uuid:${100 - keyless}|missing:${keyless}`;
  const changed = knownOf(
    uses.filter(({ changed }) => changed),
    type,
    MOST_CHANGED,
  );
  const known = [...new Set([...changed, ...knownOf(uses, type, MOST)])].slice(0, MOST);
  const others = known.length === 0 ? ofType(type) : othersOf(uses, type);
  // what is there, and null
  const none = uses.some(({ operator }) => operator === 'exists') ? ['null'] : [];
  const hashed = uses.some(isHashed) ? ['uuid'] : [];
  return [...new Set([...known, ...others, ...none, ...hashed, 'missing'])].join('|');
}

/** Values that comparisons are with, and those next to them, as they are written; the first of each come first. */
function knownOf(uses: readonly Use[], type: AttributeType | undefined, most: number): readonly string[] {
  const lists: (readonly unknown[])[] = [];
  for (const { operator, values } of uses) {
    const before = lists.length;
    for (const value of values) {
      if (lists.length - before >= most) break;
      const edges = edgesOf(operator, value, type);
      if (edges.length > 0) lists.push(edges);
    }
  }
  const known = new Set<string>();
  for (const edge of inTurns([...lists, together(uses, type)])) {
    if (known.size >= most) break;
    known.add(written(edge));
  }
  return [...known];
}

const written = (value: unknown): string =>
  Array.isArray(value) ? `[${value.map(writtenAs).join(';')}]` : writtenAs(value);

/** So many beginnings, ends and parts are put together. */
const FEW = 3;

/** Texts and lists that meet several comparisons at once. */
function together(uses: readonly Use[], type: AttributeType | undefined): readonly unknown[] {
  const few = (wanted: string): readonly string[] =>
    uses
      .filter(({ operator }) => operator === wanted)
      .flatMap(({ values }) => values.slice(0, FEW))
      .filter((value) => typeof value === 'string')
      .slice(0, FEW);
  const [starts, parts, ends] = [few('startsWith'), few('contains'), few('endsWith')];
  const lists = parts.length > 1 && (type === undefined || type === 'list') ? [parts] : [];
  if (type === 'list' || starts.length + parts.length + ends.length < 2) return lists;
  const texts = (starts.length === 0 ? [''] : starts).flatMap((start) =>
    (ends.length === 0 ? [''] : ends).map((end) => `${start}x${parts.map((part) => `${part}x`).join('')}${end}`),
  );
  return [...texts, ...lists];
}

/** Values that are none of those that are known, and numbers between them. */
function othersOf(uses: readonly Use[], type: AttributeType | undefined): readonly string[] {
  const numbers: number[] = [];
  const texts: string[] = [];
  let [isBoolean, isOrdered] = [false, false];
  for (const { operator, values } of uses) {
    isBoolean ||= operator === 'truthy' && type === undefined;
    // what is no variant is an error
    if (operator === 'variant') continue;
    for (const value of values) {
      if (typeof value === 'string') texts.push(value);
      else if (typeof value === 'boolean') isBoolean = true;
      else if (typeof value === 'number' && operator !== 'before' && operator !== 'after') numbers.push(value);
    }
    isOrdered ||= /^(?:lte?|gte?|around)$/.test(operator);
  }
  const hasList = type === 'list' || uses.some(({ operator }) => operator === 'contains' || operator === 'element');
  const word = wordBeside(texts);
  return [
    ...(numbers.length === 0 ? [] : numbersBeside(numbers, isOrdered)),
    ...(isBoolean ? ['true', 'false'] : []),
    ...(hasList ? ['[]', `[${written(word)}]`] : []),
    ...(texts.length > 0 && type !== 'list' ? [written(word), ...odd(uses)] : []),
  ];
}

/** What is in a word is not known of expressions that are looked for. */
const odd = (uses: readonly Use[]): readonly string[] =>
  uses.some(({ operator }) => operator === 'matches') ? ['"~"'] : [];

function numbersBeside(numbers: readonly number[], isOrdered: boolean): readonly string[] {
  const [low, high] = [numbers.reduce((a, b) => Math.min(a, b)), numbers.reduce((a, b) => Math.max(a, b))];
  const around = isOrdered ? rangeAround(low, high, numbers.every(Number.isInteger)) : undefined;
  return around === undefined ? [written(low - 1), written(high + 1)] : [around];
}

function rangeAround(low: number, high: number, whole: boolean): string | undefined {
  const span = Math.max(high - low, Math.abs(high) / 2, whole ? 10 : 0.1);
  const from = low >= 0 ? Math.max(0, low - span) : low - span;
  const to = high + span;
  if (!Number.isFinite(to - from)) return undefined;
  return whole ? `${Math.floor(from)}..${Math.ceil(to)}` : `${decimal(from)}..${decimal(to)}`;
}

function decimal(value: number): string {
  const text = String(Number(value.toPrecision(6)));
  return /[.e]/.test(text) ? text : `${text}.0`;
}

function ofType(type: AttributeType | undefined): readonly string[] {
  switch (type) {
    case 'number':
    case 'integer':
      return ['0..100'];
    case 'version':
      return ['"1.0.0"', '"2.0.0"'];
    case 'date':
      return ['2026-01-01..2026-12-31'];
    case 'list':
      return ['[]', '[other]'];
    case 'string':
      return ['other', '""'];
    default:
      return ['true', 'false'];
  }
}
