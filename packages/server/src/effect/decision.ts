import type { FlagDefinition } from '@flagwright/core';
import { bordersOf } from './borders.ts';
import { literalsOf } from './clauses.ts';
import type { Expressions } from './expressions.ts';
import { drawOf } from './fractional.ts';
import { type Graph, type Literal, type Node, TooLarge } from './graph.ts';
import { bucketingKey, targeted } from './keys.ts';
import type { Decision, Probe } from './probe.ts';
import { decisionOf } from './targeting.ts';
import type { Work } from './work.ts';

/** Targeting keys that both definitions treat alike, and the variant each names for them. */
export interface TargetGroup {
  readonly keys: readonly string[];
  readonly references: readonly (string | number | undefined)[];
}

/** The keys listed by either definition, in groups. */
export function targetGroups(
  definitions: readonly (FlagDefinition | undefined)[],
  { spend }: Work,
): readonly TargetGroup[] {
  const references = new Map<string, (string | number | undefined)[]>();
  for (const [i, definition] of definitions.entries()) {
    for (const { variation, values } of definition?.targets ?? []) {
      spend(20 * values.length);
      for (const key of values) {
        const named = references.get(key) ?? definitions.map(() => undefined);
        // the first that lists a key decides
        named[i] ??= variation;
        references.set(key, named);
      }
    }
  }
  const groups = new Map<string, { keys: string[]; references: readonly (string | number | undefined)[] }>();
  for (const [key, named] of references) {
    spend(25);
    const name = JSON.stringify(named.map((reference) => reference ?? null));
    const group = groups.get(name) ?? { keys: [], references: named };
    group.keys.push(key);
    groups.set(name, group);
  }
  return [...groups.values()].map((group) => ({ ...group, keys: group.keys.sort() }));
}

/** Where a definition stands among those that are compared. */
export interface Side {
  readonly key: string;
  readonly probe: Probe;
  readonly expressions: Expressions;
  readonly groups: readonly TargetGroup[];
  /** Its position in the references of the groups. */
  readonly index: number;
}

/** The decision of a definition, in the evaluator's order: prerequisites, targets, rules or JSON Logic, fallthrough. */
export function nodeOf(side: Side, graph: Graph): Node {
  const { probe, groups, index } = side;
  const { definition } = probe;
  if (!probe.enabled) return graph.leaf(probe.off());
  const fallthrough = probe.fallthrough();
  let node = splitNode(fallthrough, graph.leaf(fallthrough.outcome), probe, graph);
  const logic = logicOf(definition);
  if (logic !== undefined) node = logicNode(logic, side, node, graph);
  for (const rule of [...(definition.rules ?? [])].reverse()) {
    const decision = probe.rule(rule);
    const served =
      decision.split === undefined ? graph.leaf(decision.outcome) : splitNode(decision, node, probe, graph);
    node = graph.test(
      (rule.clauses ?? []).flatMap((clause) => literalsOf(clause, graph)),
      served,
      node,
    );
  }
  for (const { keys, references } of [...groups].reverse()) {
    const reference = references[index];
    if (reference === undefined) continue;
    node = graph.test([{ atom: targeted(keys, graph), is: true }], graph.leaf(probe.variant(reference)), node);
  }
  const prerequisites = definition.prerequisites ?? [];
  if (prerequisites.length === 0) return node;
  return graph.test(
    prerequisites.map((prerequisite) => prerequisiteLiteral(prerequisite, graph)),
    node,
    graph.leaf(probe.off()),
  );
}

function prerequisiteLiteral(
  { key, variation }: NonNullable<FlagDefinition['prerequisites']>[number],
  graph: Graph,
): Literal {
  const atom = graph.atom({
    id: `prerequisite ${JSON.stringify([key, variation])}`,
    predicate: { kind: 'prerequisite', key, variation },
    // a flag serves one variant; a name and a position may be the same one
    group: `prerequisite ${typeof variation} ${key}`,
  });
  return { atom, is: true };
}

/** A split, with what follows for those it passes over. */
function splitNode({ split }: Decision, next: Node, probe: Probe, graph: Graph): Node {
  if (split === undefined) return next;
  const ranges = bordersOf(split).map(({ to, variant }) => ({
    to,
    node: variant === undefined ? next : graph.leaf(probe.variant(variant)),
  }));
  const key = bucketingKey(split.attribute, 'value', graph);
  const draw = drawOf(split.salt, split.attribute, 'clause');
  return graph.test([{ atom: key, is: true }], graph.draw(draw, ranges), next);
}

/** The JSON Logic of a definition that was checked; undefined if there is none. */
function logicOf({ targeting }: FlagDefinition): unknown {
  if (targeting === undefined || targeting === null || targeting === '') return undefined;
  const logic: unknown = typeof targeting === 'string' ? JSON.parse(targeting) : targeting;
  return logic === null || (typeof logic === 'object' && Object.keys(logic).length === 0) ? undefined : logic;
}

function logicNode(logic: unknown, { key, probe, expressions }: Side, next: Node, graph: Graph): Node {
  const opaque = (expression: unknown): Node => {
    const written = expressions.written(expression);
    const { random } = expressions.reads(expression);
    const text = JSON.stringify(written);
    const none = graph.atom({
      id: `null ${text}`,
      predicate: { kind: 'logic', expression: { '===': [written, null] } },
      random,
    });
    return graph.test(
      [{ atom: none, is: true }],
      next,
      graph.leaf({ kind: 'expression', expression: text }, probe.mark),
    );
  };
  try {
    return decisionOf(logic, key, expressions, graph, (yielded) => {
      if (!yielded.known) return opaque(yielded.expression);
      const outcome = probe.yielded(yielded.value);
      return outcome === undefined ? next : graph.leaf(outcome);
    });
  } catch (thrown) {
    if (thrown instanceof TooLarge) return opaque(logic);
    throw thrown;
  }
}
