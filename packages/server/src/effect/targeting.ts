import type { Expressions } from './expressions.ts';
import { bucketTest, fractional } from './fractional.ts';
import { type Graph, type Node, TooLarge } from './graph.ts';
import { COMPARISONS, literalOf } from './predicates.ts';

/** What an expression yields: a value that is known, or what another expression yields. */
export type Yielded =
  | { readonly known: true; readonly value: unknown }
  | { readonly known: false; readonly expression: unknown };

/** More parts of one expression are too many to take apart. */
const MAX_PARTS = 50_000;

/** Takes a JSON Logic expression apart into the nodes that `then` makes of what it can yield. */
export function decisionOf(
  raw: unknown,
  flagKey: string,
  expressions: Expressions,
  graph: Graph,
  then: (yielded: Yielded) => Node,
): Node {
  let parts = 0;

  function value(raw: unknown, then: (yielded: Yielded) => Node): Node {
    parts += 1;
    if (parts > MAX_PARTS) throw new TooLarge(`an expression of more than ${MAX_PARTS} parts`);
    const found = expressions.resolve(raw);
    const constant = expressions.constant(found);
    if (constant !== undefined) return then({ known: true, value: constant.value });
    const call = expressions.callOf(found);
    if (call === undefined) return then({ known: false, expression: found });
    const { name, args, computed } = call;
    if (name === 'if' || name === '?:') return branch(args, (arm) => value(arm, then));
    if (name === 'and' || name === 'or') return connected(args, name === 'or', then);
    if (name === 'fractional') {
      const opaque = (): Node => then({ known: false, expression: found });
      const serve = (variant: unknown): Node => then({ known: true, value: variant });
      return fractional(found, flagKey, expressions, graph, serve, opaque) ?? opaque();
    }
    if (name === '!' || name === '!!' || (COMPARISONS.has(name) && !(computed && name === 'in'))) {
      return condition(found, then({ known: true, value: true }), then({ known: true, value: false }));
    }
    return then({ known: false, expression: found });
  }

  /** `if`: the first arm whose condition holds, else what is left. */
  function branch(args: readonly unknown[], arm: (raw: unknown) => Node): Node {
    const pairs = Math.floor(args.length / 2);
    let node = arm(args.length % 2 === 1 ? args.at(-1) : null);
    for (let i = pairs - 1; i >= 0; i--) node = condition(args[2 * i], arm(args[2 * i + 1]), node);
    return node;
  }

  /** `and` and `or` for their value: the first whose truth is `stop`, else the last. */
  function connected(args: readonly unknown[], stop: boolean, then: (yielded: Yielded) => Node): Node {
    const [first, ...rest] = args;
    if (args.length === 0) return then({ known: true, value: null });
    if (rest.length === 0) return value(first, then);
    let after: Node | undefined;
    const onward = (): Node => {
      after ??= connected(rest, stop, then);
      return after;
    };
    return value(first, (yielded) => {
      if (yielded.known) return expressions.truthy(yielded.value) === stop ? then(yielded) : onward();
      const [yes, no] = stop ? [then(yielded), onward()] : [onward(), then(yielded)];
      return graph.test([literalOf(yielded.expression, expressions, graph)], yes, no);
    });
  }

  function condition(raw: unknown, yes: Node, no: Node): Node {
    parts += 1;
    if (parts > MAX_PARTS) throw new TooLarge(`an expression of more than ${MAX_PARTS} parts`);
    if (yes === no) return yes;
    const found = expressions.resolve(raw);
    const constant = expressions.constant(found);
    if (constant !== undefined) return expressions.truthy(constant.value) ? yes : no;
    const name = expressions.callOf(found)?.name;
    const args = expressions.callOf(found)?.args ?? [];
    switch (name) {
      case '!':
        return condition(args[0], no, yes);
      case '!!':
        return condition(args[0], yes, no);
      case 'and':
        return args.reduceRight<Node>((after, arg) => condition(arg, after, no), args.length === 0 ? no : yes);
      case 'or':
        return args.reduceRight<Node>((after, arg) => condition(arg, yes, after), no);
      case 'if':
      case '?:':
        return branch(args, (arm) => condition(arm, yes, no));
      case 'fractional': {
        const opaque = (): Node => graph.test([literalOf(found, expressions, graph)], yes, no);
        const serve = (variant: unknown): Node => (expressions.truthy(variant) ? yes : no);
        return fractional(found, flagKey, expressions, graph, serve, opaque) ?? opaque();
      }
      default: {
        const tested = bucketTest(found, flagKey, expressions, graph, yes, no);
        if (tested !== undefined) return tested;
      }
    }
    return graph.test([literalOf(found, expressions, graph)], yes, no);
  }

  return value(raw, then);
}
