import type { FlagDefinition } from '@flagwright/core';
import { FlagError } from '@flagwright/core';
import { audienceOf } from './audiences.ts';
import { nodeOf, targetGroups } from './decision.ts';
import type { Audience, Effect, EffectOptions } from './effect.ts';
import { createExpressions, type Expressions } from './expressions.ts';
import { createReasoner, type Reasoner } from './facts.ts';
import { createGraph, type Graph, type Node, TooLarge } from './graph.ts';
import { createProbe, typesOf } from './probe.ts';
import { type Read, summaryOf } from './summary.ts';
import { compare, type Walk } from './walk.ts';
import { createWork, Stopped, type Work } from './work.ts';

/** What may be looked at, in units of work, and in ms of processor time for what cannot be counted. */
const LOOKING = [3_000_000, 300] as const;

/** What it may take to tell what was found. */
const TELLING = [1_000_000, 100] as const;

/** No more is told. Characters are those of JSON; the first audience may be longer, for without one nothing is told. */
const MAX_AUDIENCES = 100;
const MAX_CHARACTERS = 64 * 1_024;
const MAX_FIRST = 256 * 1_024;

/**
 * What the change of a flag does: who is served something else than before, and of random splits the exact share of
 * those who move. Undefined is a flag that is not there. Both are effective definitions, of one stage.
 *
 * Shares are worked out from the borders of the splits, never sampled. A definition that cannot be used answers
 * `PARSE_ERROR`, as for somebody who never had a good one. Never throws, and never takes long, nor says more than somebody
 * would read: what is too large comes back with `complete: false`, and the first audiences there are.
 */
export function effectOf(
  key: string,
  before: FlagDefinition | undefined,
  after: FlagDefinition | undefined,
  options: EffectOptions = {},
): Effect {
  const work = createWork();
  const reads = [before, after].map((definition) => readOf(key, definition, options, work));
  const [one, two] = reads;
  const summary = summaryOf(one, two);
  work.limit(...LOOKING);
  const types = typesOf(options);
  const reasoner = createReasoner((attribute) => Object.hasOwn(types, attribute) && types[attribute] === 'list', work);
  const expressions = createExpressions(key, options, work);
  const walk = walkOf(key, reads, expressions, reasoner, work);
  work.limit(...TELLING);
  const { audiences, stopped } = told(walk, reasoner);
  return {
    key,
    summary,
    identical: walk.regions.length === 0 && stopped === undefined && Object.keys(summary).length === 0,
    audiences,
    others: walk.others,
    complete: stopped === undefined,
    ...(stopped === undefined ? undefined : { reason: stopped }),
    singleValued: [...reasoner.singleValued].filter((attribute) => !(attribute in types)).sort(),
    ...(expressions.timed && options.now !== undefined ? { at: options.now } : undefined),
  };
}

/** The first audiences, as many as may be told. */
function told(
  { regions, stopped }: Walk,
  reasoner: Reasoner,
): { readonly audiences: readonly Audience[]; readonly stopped: string | undefined } {
  const audiences: Audience[] = [];
  let characters = 0;
  try {
    for (const region of regions) {
      if (audiences.length === MAX_AUDIENCES) throw new Stopped(`there are more than ${MAX_AUDIENCES} audiences`);
      const audience = audienceOf(region, reasoner);
      characters += JSON.stringify(audience).length;
      if (characters > (audiences.length === 0 ? MAX_FIRST : MAX_CHARACTERS))
        throw new Stopped('there is too much to tell');
      audiences.push(audience);
    }
  } catch (thrown) {
    if (!(thrown instanceof Stopped)) throw thrown;
    return { audiences, stopped: stopped ?? thrown.message };
  }
  return { audiences, stopped };
}

function readOf(key: string, definition: FlagDefinition | undefined, options: EffectOptions, work: Work): Read {
  if (definition === undefined) return undefined;
  try {
    return createProbe(key, definition, options, work);
  } catch (thrown) {
    // what is no document at all, or cannot even be read
    return FlagError.from(thrown).message;
  }
}

function walkOf(key: string, reads: readonly Read[], expressions: Expressions, reasoner: Reasoner, work: Work): Walk {
  const graph = createGraph(work);
  try {
    const groups = targetGroups(
      reads.map((read) => (typeof read === 'object' ? read.definition : undefined)),
      work,
    );
    const [before, after] = reads.map((read, index): Node => {
      if (typeof read !== 'object') return failure(read, graph);
      return nodeOf({ key, probe: read, expressions, groups, index }, graph);
    });
    return compare(before!, after!, reasoner, work);
  } catch (thrown) {
    // deeper than the stack, larger than the bounds, or an expression that makes no sense by itself
    if (thrown instanceof RangeError) return { regions: [], others: false, stopped: 'conditions nested too deep' };
    if (!(thrown instanceof TooLarge || thrown instanceof Stopped || thrown instanceof FlagError)) throw thrown;
    return { regions: [], others: false, stopped: thrown.message };
  }
}

function failure(read: string | undefined, graph: Graph): Node {
  if (read === undefined)
    return graph.leaf({ kind: 'error', code: 'FLAG_NOT_FOUND', message: 'there is no such flag' });
  return graph.leaf({ kind: 'error', code: 'PARSE_ERROR', message: read });
}
