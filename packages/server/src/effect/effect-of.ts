import type { FlagDefinition } from '@flagwright/core';
import { FlagError } from '@flagwright/core';
import { audienceOf } from './audiences.ts';
import { nodeOf, targetGroups } from './decision.ts';
import type { Effect, EffectOptions } from './effect.ts';
import { createExpressions, type Expressions } from './expressions.ts';
import { createReasoner } from './facts.ts';
import { createGraph, type Graph, type Node, TooLarge } from './graph.ts';
import { createProbe, typesOf } from './probe.ts';
import { type Read, summaryOf } from './summary.ts';
import { type Bounds, compare, type Walk } from './walk.ts';

/** What is looked at, of flags as large as they may be, takes a second or so. */
const BOUNDS: Bounds = { regions: 2_000, steps: 300_000 };

/**
 * What the change of a flag does: who is served something else than before, and of random splits the exact share of
 * those who move. Undefined is a flag that is not there. Both are effective definitions, of one stage.
 *
 * Shares are worked out from the borders of the splits, never sampled. A definition that cannot be used answers
 * `PARSE_ERROR`, as for somebody who never had a good one. Never throws, and never takes long: what is too large comes
 * back with `complete: false`.
 */
export function effectOf(
  key: string,
  before: FlagDefinition | undefined,
  after: FlagDefinition | undefined,
  options: EffectOptions = {},
): Effect {
  const reads = [before, after].map((definition) => readOf(key, definition, options));
  const [one, two] = reads;
  const types = typesOf(options);
  const reasoner = createReasoner((attribute) => Object.hasOwn(types, attribute) && types[attribute] === 'list');
  const expressions = createExpressions(key, options);
  const { regions, others, stopped } = walkOf(key, reads, expressions, reasoner);
  const summary = summaryOf(one, two);
  const audiences = regions.map((region) => audienceOf(region, reasoner));
  return {
    key,
    summary,
    identical: audiences.length === 0 && stopped === undefined && Object.keys(summary).length === 0,
    audiences,
    others,
    complete: stopped === undefined,
    ...(stopped === undefined ? undefined : { reason: stopped }),
    singleValued: [...reasoner.singleValued].filter((attribute) => !(attribute in types)).sort(),
    ...(expressions.timed && options.now !== undefined ? { at: options.now } : undefined),
  };
}

function readOf(key: string, definition: FlagDefinition | undefined, options: EffectOptions): Read {
  if (definition === undefined) return undefined;
  try {
    return createProbe(key, definition, options);
  } catch (thrown) {
    // what is no document at all, or cannot even be read
    return FlagError.from(thrown).message;
  }
}

function walkOf(
  key: string,
  reads: readonly Read[],
  expressions: Expressions,
  reasoner: ReturnType<typeof createReasoner>,
): Walk {
  const graph = createGraph();
  const groups = targetGroups(reads.map((read) => (typeof read === 'object' ? read.definition : undefined)));
  try {
    const [before, after] = reads.map((read, index): Node => {
      if (typeof read !== 'object') return failure(read, graph);
      return nodeOf({ key, probe: read, expressions, groups, index }, graph);
    });
    return compare(before!, after!, reasoner, BOUNDS);
  } catch (thrown) {
    // deeper than the stack, larger than the bounds, or an expression that makes no sense by itself
    if (thrown instanceof RangeError) return { regions: [], others: false, stopped: 'conditions nested too deep' };
    if (!(thrown instanceof TooLarge || thrown instanceof FlagError)) throw thrown;
    return { regions: [], others: false, stopped: thrown.message };
  }
}

function failure(read: string | undefined, graph: Graph): Node {
  if (read === undefined)
    return graph.leaf({ kind: 'error', code: 'FLAG_NOT_FOUND', message: 'there is no such flag' });
  return graph.leaf({ kind: 'error', code: 'PARSE_ERROR', message: read });
}
