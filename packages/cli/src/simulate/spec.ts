import { UsageError } from '../errors/usage-error.ts';
import { type Random, unitOf, uuidOf } from './random.ts';

/** Makes a value of an attribute; undefined: the context does not have it. */
export type Make = (random: Random) => unknown;

/** An attribute of contexts that are made. */
export interface Made {
  readonly name: string;
  /** As it was written. */
  readonly spec: string;
  readonly make: Make;
}

/** What can be written, for messages. */
export const SPECS =
  'uuid, a range as 18..90 or 0.0..1.0 or 2026-01-01..2026-06-30, a choice as a|b or DE:70|FR:30, true, missing, ["a";"b"], or a value';

/** Attributes as `country=DE:70|FR:30,age=18..90`. Throws `UsageError`. */
export function parseSpecs(texts: readonly string[]): readonly Made[] {
  const made = new Map<string, Made>();
  for (const part of texts.flatMap((text) => apart(text, ','))) {
    const [name, at] = nameIn(part);
    if (at < 1 || name === '') {
      throw new UsageError(`--generate has ${JSON.stringify(part)}; expected <attribute>=<what>`, [
        `What: ${SPECS}`,
        'A comma within a value is written in quotes: city="Paris, France"',
      ]);
    }
    if (made.has(name)) throw new UsageError(`--generate says ${name} twice`);
    const spec = part.slice(at + 1).trim();
    made.set(name, { name, spec, make: makeOf(spec, name) });
  }
  return [...made.values()];
}

/** The name that a part begins with, which may be in quotes, and where the `=` after it is; -1 if there is none. */
function nameIn(part: string): readonly [name: string, at: number] {
  const quoted = /^\s*("(?:[^"\\]|\\.)*")\s*=/.exec(part);
  const at = quoted === null ? part.indexOf('=') : quoted[0].length - 1;
  if (quoted === null) return [part.slice(0, at).trim(), at];
  try {
    return [JSON.parse(quoted[1]!) as string, at];
  } catch {
    return ['', -1];
  }
}

/** A name as it is written in a spec. */
export const nameWritten = (name: string): string => (/["=,[\]]|^\s|\s$/.test(name) ? JSON.stringify(name) : name);

function makeOf(spec: string, name: string): Make {
  const parts = apart(spec, '|');
  if (parts.length === 1) return atomOf(parts[0]!, name);
  const weights = parts.map((part) => /:(\d+(?:\.\d+)?)$/.exec(part.trim())?.[1]);
  for (const [i, part] of parts.entries()) {
    if (weights[i] === undefined && hasBadWeight(part.trim())) {
      const weight = part.slice(part.lastIndexOf(':') + 1).trim();
      throw new UsageError(
        `--generate ${name}: ${JSON.stringify(weight)} of ${JSON.stringify(part.trim())} is no weight; expected a number from 0`,
        ['As in DE:70|FR:30; a value with a colon is written in quotes'],
      );
    }
  }
  const weighted = weights.filter((weight) => weight !== undefined).length;
  if (weighted > 0 && weighted < parts.length) {
    const bare = parts[weights.indexOf(undefined)];
    throw new UsageError(`--generate ${name}: ${JSON.stringify(bare)} has no weight, and others have`, [
      'Give all of them one, as in DE:70|FR:30, or none; a value with a colon is written in quotes',
    ]);
  }
  const atoms = parts.map((part, i) =>
    atomOf(weighted === 0 ? part : part.trim().slice(0, -weights[i]!.length - 1), name),
  );
  if (weighted === 0) return (random) => atoms[Math.floor((random() / 2 ** 32) * atoms.length)]!(random);
  let sum = 0;
  const borders = weights.map((weight) => {
    sum += Number(weight);
    return sum;
  });
  if (!(sum > 0) || !Number.isFinite(sum)) throw new UsageError(`--generate ${name}: no weight is above 0`);
  return (random) => {
    const at = unitOf(random) * sum;
    let i = 0;
    while (at >= borders[i]!) i++;
    return atoms[i]!(random);
  };
}

/** Whether something stands where a weight would, and is none: after a colon that is of no time and of no text in quotes. */
function hasBadWeight(part: string): boolean {
  const at = part.lastIndexOf(':');
  if (at < 0 || part.endsWith('"') || part.endsWith(']')) return false;
  return !part.split('..').every((one) => DATE.test(one));
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const DATE = /^\d{4}-\d\d-\d\d(?:T[\d:.]+Z)?$/;

function atomOf(raw: string, name: string): Make {
  const text = raw.trim();
  if (text === 'uuid') return uuidOf;
  if (text === 'missing') return () => undefined;
  if (text === '') throw new UsageError(`--generate ${name} has an empty value; expected ${SPECS}`);
  const range = text.startsWith('"') ? undefined : text.split('..');
  if (range?.length === 2) return rangeOf(range[0]!, range[1]!, name);
  if (text.startsWith('[') && text.endsWith(']')) {
    const inner = text.slice(1, -1).trim();
    const list = Object.freeze(inner === '' ? [] : apart(inner, ';').map((part) => literalOf(part.trim(), name)));
    return () => list;
  }
  if (text.startsWith('[') || (text.endsWith(']') && !text.startsWith('"'))) {
    throw new UsageError(`--generate ${name}: ${JSON.stringify(text)} is no list; expected as ["a";"b"]`, [
      'Text with brackets is written in quotes',
    ]);
  }
  const value = literalOf(text, name);
  return () => value;
}

function rangeOf(from: string, to: string, name: string): Make {
  const bad = (): UsageError =>
    new UsageError(`--generate ${name}: ${JSON.stringify(`${from}..${to}`)} is no range; expected as 18..90`, [
      'Text with two dots in it is written in quotes',
    ]);
  if (DATE.test(from) && DATE.test(to)) {
    const [low, high] = [Date.parse(from), Date.parse(to)];
    if (!(low <= high)) throw bad();
    return (random) => new Date(Math.floor(low + unitOf(random) * (high - low + 1))).toISOString();
  }
  if (!NUMBER.test(from) || !NUMBER.test(to)) throw bad();
  const [low, high] = [Number(from), Number(to)];
  if (!(low <= high) || !Number.isFinite(high - low)) throw bad();
  const whole = /^-?\d+$/.test(from) && /^-?\d+$/.test(to);
  if (!whole) return (random) => low + unitOf(random) * (high - low);
  return (random) => low + Math.floor(unitOf(random) * (high - low + 1));
}

function literalOf(text: string, name: string): unknown {
  if (text === 'true') return true;
  if (text === 'false') return false;
  if (text === 'null') return null;
  if (NUMBER.test(text)) return Number(text);
  if (!text.startsWith('"')) return text;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'string') return value;
  } catch {
    // told below
  }
  throw new UsageError(`--generate ${name}: ${text} is no text in quotes`);
}

/** A literal as it is written in a spec. */
export function writtenAs(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return /^[A-Za-z@/_][\w@/. -]*$/.test(value) && !/\.\.|^(?:uuid|missing|true|false|null)$| $/.test(value)
    ? value
    : JSON.stringify(value);
}

/** The parts of a text between separators, those in quotes and brackets aside. */
function apart(text: string, separator: string): readonly string[] {
  const parts: string[] = [];
  let [part, quoted, depth] = ['', false, 0];
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (quoted && character === '\\') {
      part += character + (text[++i] ?? '');
      continue;
    }
    if (character === '"') quoted = !quoted;
    if (!quoted && character === '[') depth++;
    if (!quoted && character === ']') depth--;
    if (character === separator && !quoted && depth <= 0) {
      parts.push(part);
      part = '';
    } else part += character;
  }
  return [...parts, part];
}
