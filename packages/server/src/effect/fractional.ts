import { hash, hashState } from '@flagwright/core';
import { borderOf } from './borders.ts';
import { subjectOf } from './clauses.ts';
import { type Expressions, FLAG_KEY, readable } from './expressions.ts';
import type { DrawId, Graph, Node } from './graph.ts';
import { HASHES } from './graph.ts';
import { bucketingKey } from './keys.ts';

/** The most buckets a split may have: 2^31 − 1, as flagd has it. */
const MAX_BUCKETS = 0x7fffffff;
const ORDERINGS: ReadonlySet<string> = new Set(['<', '<=', '>', '>=']);
const FLIPPED: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

/** What is drawn: the hash of `salt`, followed by the text of an attribute. */
export function drawOf(salt: string, attribute: string, reader: 'clause' | 'var'): DrawId {
  const isKey = attribute === 'targetingKey' || (attribute === 'key' && reader === 'clause');
  return JSON.stringify([salt, isKey ? 'targetingKey' : subjectOf(attribute, reader)]);
}

/** Buckets of variants that are written out. */
interface Buckets {
  readonly variants: readonly unknown[];
  readonly weights: readonly number[];
  readonly total: number;
}

/**
 * A `fractional` between literal variants, with literal weights, by the targeting key, a literal, or one attribute,
 * perhaps after a literal; undefined of others. `serve` makes the node of a variant, null where none is served, and
 * `otherwise` that of what is not taken apart.
 */
export function fractional(
  raw: unknown,
  flagKey: string,
  expressions: Expressions,
  graph: Graph,
  serve: (value: unknown) => Node,
  otherwise: () => Node,
): Node | undefined {
  const call = expressions.callOf(raw);
  if (call === undefined || call.computed) return undefined;
  const [first, ...rest] = call.args;
  const keyed = !Array.isArray(expressions.resolve(first));
  const buckets = bucketsOf(keyed ? rest : call.args, expressions);
  if (buckets === undefined) return undefined;
  const drawn = (salt: string, attribute: string): Node =>
    graph.draw(
      drawOf(salt, attribute, 'var'),
      rangesOf(buckets).map(({ to, variant }) => ({ to, node: serve(variant) })),
    );
  const fixed = (text: string): Node => serve(chosen(buckets, text));
  if (!keyed) {
    const key = bucketingKey('targetingKey', 'string', graph);
    return graph.test([{ atom: key, is: true }], drawn(flagKey, 'targetingKey'), serve(null));
  }
  const known = expressions.constant(first);
  if (known !== undefined) {
    return serve(typeof known.value === 'string' && buckets !== 'never' ? chosen(buckets, known.value) : null);
  }
  if (buckets === 'never') return undefined;
  const whole = readable(first, expressions);
  if (whole !== undefined) {
    // an empty text is hashed too, and a list would be a bucket
    const string = bucketingKey(whole, 'string', graph);
    return graph.test([{ atom: string, is: true }], drawn('', whole), otherwise());
  }
  const key = keyOf(first, expressions);
  if (key === undefined) return undefined;
  const { salt, attribute } = key;
  const text = bucketingKey(attribute, 'text', graph);
  const joined = graph.test([{ atom: text, is: true }], drawn(salt, attribute), fixed(salt));
  // the same hash as without a key of its own, for the same contexts
  const string = bucketingKey(attribute, 'string', graph);
  return graph.test([{ atom: string, is: true }], drawn(salt, attribute), joined);
}

/** The buckets; `never`: whatever the context, no variant is served; undefined: they are not all literals. */
function bucketsOf(args: readonly unknown[], expressions: Expressions): Buckets | 'never' | undefined {
  const variants: unknown[] = [];
  const weights: number[] = [];
  let never = args.length === 0;
  for (const arg of args) {
    const slot = expressions.resolve(arg);
    if (!Array.isArray(slot) || slot.length < 1 || slot.length > 2) {
      if (expressions.constant(slot) === undefined) return undefined;
      never = true;
      continue;
    }
    const variant = expressions.constant(slot[0]);
    const weight = slot.length === 2 ? expressions.constant(slot[1]) : { value: 1 };
    if (variant === undefined || weight === undefined) return undefined;
    never ||= (typeof variant.value === 'object' && variant.value !== null) || !Number.isInteger(weight.value);
    variants.push(variant.value);
    weights.push(typeof weight.value === 'number' ? Math.max(0, weight.value) : 0);
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return never || total <= 0 || total > MAX_BUCKETS ? 'never' : { variants, weights, total };
}

function rangesOf(buckets: Buckets | 'never'): readonly { to: number; variant: unknown }[] {
  if (buckets === 'never') return [{ to: HASHES, variant: null }];
  const { variants, weights, total } = buckets;
  let end = 0;
  return weights.map((weight, i) => {
    end += weight;
    return { to: borderOf(end, total), variant: variants[i] };
  });
}

/** The variant of a text that is known. */
function chosen(buckets: Buckets | 'never', text: string): unknown {
  const drawn = hash(hashState(text), '');
  return rangesOf(buckets).find(({ to }) => drawn < to)?.variant;
}

/** A key of `{"cat": [literals…, one attribute]}`. */
function keyOf(raw: unknown, expressions: Expressions): { salt: string; attribute: string } | undefined {
  const call = expressions.callOf(expressions.resolve(raw));
  if (call?.name !== 'cat' || call.computed || call.args.length < 2) return undefined;
  const attribute = readable(call.args.at(-1), expressions);
  if (attribute === undefined) return undefined;
  let salt = '';
  for (const part of call.args.slice(0, -1)) {
    const known = expressions.constant(part);
    if (typeof known?.value !== 'string' && typeof known?.value !== 'number') return undefined;
    salt += known.value;
  }
  return { salt, attribute };
}

/** The least hash that is not below a share, and the least that is above it. */
function bordersAt(share: number): { readonly below: number; readonly upTo: number } {
  // the evaluator compares hashes and shares moved down by 2^31, where a tiny share is rounded
  const half = HASHES / 2;
  const bound = share * HASHES - half;
  return { below: Math.ceil(bound) + half, upTo: Math.min(Math.floor(bound) + 1 + half, HASHES) };
}

/**
 * A comparison of `$flagd.flagKey` with shares from 0 to 1, which the evaluator reads as a test of the bucket of flag
 * key and targeting key; undefined of anything else.
 */
export function bucketTest(
  raw: unknown,
  flagKey: string,
  expressions: Expressions,
  graph: Graph,
  yes: Node,
  no: Node,
): Node | undefined {
  const call = expressions.callOf(raw);
  if (call === undefined || call.computed || !ORDERINGS.has(call.name)) return undefined;
  const { args, name } = call;
  const at = args.findIndex((arg) => expressions.variableOf(arg) === FLAG_KEY);
  if (at < 0 || args.length > 3 || (args.length === 3 && at !== 1)) return undefined;
  let from = 0;
  let to = HASHES;
  for (const [i, arg] of args.entries()) {
    if (i === at) continue;
    const share = expressions.resolve(arg);
    if (typeof share !== 'number' || !(share >= 0 && share <= 1)) return undefined;
    const { below, upTo } = bordersAt(share);
    const operator = i < at ? FLIPPED[name] : name;
    if (operator === '<') to = Math.min(to, below);
    else if (operator === '<=') to = Math.min(to, upTo);
    else from = Math.max(from, operator === '>' ? upTo : below);
  }
  const ranges = [
    { to: Math.min(from, HASHES), node: no },
    { to: Math.max(from, to), node: yes },
    { to: HASHES, node: no },
  ];
  const key = bucketingKey('targetingKey', 'string', graph);
  return graph.test([{ atom: key, is: true }], graph.draw(drawOf(flagKey, 'targetingKey', 'var'), ranges), no);
}
