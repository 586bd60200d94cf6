import type { AttributeType, Snapshot } from '@flagwright/core';
import type { Reads, Use } from './reads.ts';
import { writtenAs } from './spec.ts';

/** Of an attribute, so many of the values that a flag compares it with are made. */
const MOST = 20;

/** Some value that the flag does not name. */
const OTHER = 'other';

/** The declared type of an attribute. */
export function declaredType({ document }: Snapshot, name: string): AttributeType | undefined {
  const { attributes = {} } = document;
  const declared = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  return typeof declared === 'object' ? declared.type : declared;
}

/**
 * Specs of contexts that meet what a flag asks for: each value that it compares an attribute with, and another; numbers
 * around its thresholds. How often each value is there says nothing of real users.
 */
export function derivedSpecs(reads: Reads, typeOf: (name: string) => AttributeType | undefined): readonly string[] {
  const specs = [`targetingKey=${keySpec(reads.get('targetingKey') ?? [])}`];
  for (const [name, uses] of reads) {
    if (name === 'targetingKey') continue;
    const hashed = uses.every(({ operator }) => operator === 'bucket');
    specs.push(`${name}=${hashed ? 'uuid' : specOf(uses, typeOf(name))}`);
  }
  return specs;
}

/** Keys that are listed are met, each by one in a hundred, so that splits are seen by many others. */
function keySpec(uses: readonly Use[]): string {
  const values = uses.flatMap((use) => valuesFor(use, 'string')).filter((value) => typeof value === 'string');
  const keys = [...new Set(values)].slice(0, MOST);
  return [...keys.map((key) => `${writtenAs(key)}:1`), keys.length === 0 ? 'uuid' : `uuid:${100 - keys.length}`].join(
    '|',
  );
}

function specOf(uses: readonly Use[], type: AttributeType | undefined): string {
  const thresholds = uses
    .filter(isOrdering)
    .flatMap(({ values }) => values.filter((value) => typeof value === 'number'));
  const absent = uses.some(({ operator }) => operator === 'exists' || operator === 'truthy') ? ['missing'] : [];
  if (thresholds.length > 0) return [rangeAround(thresholds as number[]), ...absent].join('|');
  const values = new Set(uses.flatMap((use) => valuesFor(use, type)));
  const known = [...values].slice(0, MOST);
  if (known.length === 0) return [...ofType(type), ...absent].join('|');
  const more = known.some((value) => typeof value === 'boolean')
    ? [true, false]
    : known.every((value) => typeof value === 'number')
      ? [Math.max(...(known as number[])) + 1]
      : hasOther(uses, type)
        ? [OTHER]
        : [];
  const written = new Set([...known, ...more].map(asList(uses, type)));
  return [...written, ...absent].join('|');
}

const isOrdering = ({ operator }: Use): boolean => /^(?:lte?|gte?)$/.test(operator);

/** Versions, dates and addresses bring others of their own. */
const hasOther = (uses: readonly Use[], type: AttributeType | undefined): boolean =>
  type !== 'version' &&
  type !== 'date' &&
  !uses.some(({ operator }) => /^(?:semver|before|after|cidr)$/.test(operator));

/** What `contains` finds in a list, where the attribute is declared one. */
const asList = (uses: readonly Use[], type: AttributeType | undefined): ((value: unknown) => string) =>
  type === 'list' || (type === undefined && uses.some(({ operator }) => operator === 'contains') && uses.length === 1)
    ? (value) => `[${writtenAs(value)}]`
    : writtenAs;

function rangeAround(thresholds: readonly number[]): string {
  const [low, high] = [Math.min(...thresholds), Math.max(...thresholds)];
  const whole = thresholds.every(Number.isInteger);
  const span = Math.max(high - low, Math.abs(high) / 2, whole ? 10 : 0.1);
  const from = low >= 0 ? Math.max(0, low - span) : low - span;
  const to = high + span;
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
      return ['[]', `[${OTHER}]`];
    case 'string':
      return [OTHER];
    default:
      return ['true', 'false'];
  }
}

const DAY = 24 * 3_600_000;

/** Values that fulfil a comparison, and with order also some that do not. */
function valuesFor({ operator, values }: Use, type: AttributeType | undefined): readonly unknown[] {
  const plain = values.filter((value) => ['string', 'number', 'boolean'].includes(typeof value));
  const texts = plain.filter((value): value is string => typeof value === 'string');
  switch (operator) {
    case 'startsWith':
      return texts.map((text) => `${text}x`);
    case 'endsWith':
      return texts.map((text) => `user${text}`);
    case 'matches':
      return texts.flatMap(exampleOf);
    case 'semver':
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return texts.flatMap(versionsIn);
    case 'before':
    case 'after':
      return plain.flatMap((value) => {
        const time = typeof value === 'number' ? value : Date.parse(String(value));
        if (!Number.isFinite(time) || Math.abs(time) > 8e15 - DAY) return [];
        return [time - DAY, time + DAY].map((near) => new Date(near).toISOString());
      });
    case 'cidr':
      return [...texts.map((block) => block.split('/')[0]), '192.0.2.1'];
    case 'exists':
    case 'truthy':
    case 'bucket':
      return type === undefined && operator === 'truthy' ? [true] : operator === 'exists' ? [OTHER] : [];
    default:
      return plain;
  }
}

/** The versions a range names, and others below and above. */
function versionsIn(range: string): readonly string[] {
  const named = range.match(/\d+(?:\.\d+){0,2}/g) ?? [];
  return named.flatMap((version) => {
    const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
    // the last one is above as a version, and below as a text
    return [`${major}.${minor}.${patch}`, `${major + 1}.0.0`, '0.0.1', `${major + 10}.0.0`];
  });
}

/** A text that a simple regular expression finds; none of one that is not simple. */
function exampleOf(expression: string): readonly string[] {
  const text = expression.replace(/^\^|\$$/g, '').replaceAll('.*', 'x');
  const plain = text.replace(ESCAPED, '');
  return /[\\^$.*+?()[\]{}|]/.test(plain) ? [] : [text.replace(ESCAPED, '$1')];
}

const ESCAPED = /\\([.\-/@_])/g;
