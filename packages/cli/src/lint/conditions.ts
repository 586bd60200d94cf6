import type { ClauseDefinition, Path, RuleDefinition } from '@flagwright/core';
import { excludes, type IsSingle, implies, type Said, saidBy } from './clauses.ts';
import type { FlagView, SetView } from './view.ts';

/** Clauses that must all hold. */
export interface Conditions {
  /** Where the rule stands; seldom asked. */
  path(): Path;
  readonly clauses: readonly ClauseDefinition[];
  readonly said: readonly Said[];
}

const NO_CLAUSES: readonly ClauseDefinition[] = [];

/** The conditions of the rules of a flag. */
export function conditionsOf({ definition, path, said }: FlagView): readonly Conditions[] {
  return (definition.rules ?? []).map(({ clauses = NO_CLAUSES }, i) => ({
    path: () => [...path, 'rules', i],
    clauses,
    said: said[i]!,
  }));
}

/** The conditions of the rules of all segments that can be used, segment by segment. */
export function segmentConditions({ document, snapshot }: SetView): readonly (readonly Conditions[])[] {
  return Object.entries(document.segments ?? {}).flatMap(([name, segment]) => {
    if (!snapshot.internals.words.segments.has(name)) return [];
    return [
      (segment.rules ?? []).map(({ clauses }, i) => ({
        path: (): Path => ['segments', name, 'rules', i],
        clauses,
        said: clauses.map(saidBy),
      })),
    ];
  });
}

/** Tells which attributes have one value. Of one that nobody declared that is not known, but for the usual ones. */
export function singlesOf({ typeOf }: SetView): IsSingle {
  return (subject) => {
    const type = typeOf(subject);
    return type !== undefined && type !== 'list' && type !== 'object';
  };
}

/** Whether all who have the one have the other. */
export function allImply(all: readonly Said[], others: readonly Said[], single: IsSingle): boolean {
  return others.every((other) => all.some((one) => implies(one, other, single)));
}

/** More clauses of one rule are not compared with each other. */
const MOST_CLAUSES = 200;

/** Two clauses that exclude each other, by position; `sure` is false where an attribute might be a list. */
export function contradictionOf(
  said: readonly Said[],
  single: IsSingle,
  isList: (subject: string) => boolean,
): { readonly one: number; readonly other: number; readonly sure: boolean } | undefined {
  if (said.length > MOST_CLAUSES) return undefined;
  let doubtful: { readonly one: number; readonly other: number; readonly sure: boolean } | undefined;
  for (let other = 1; other < said.length; other++) {
    for (let one = 0; one < other; one++) {
      const [a, b] = [said[one]!, said[other]!];
      const how = excludes(a, b);
      if (how === undefined) continue;
      if (how === 'always' || ('subject' in a && single(a.subject))) return { one, other, sure: true };
      // equal texts side by side are how one asks a list for both; nobody asks that of numbers
      if ('test' in a && 'test' in b && isOrder(a.test.operator) && isOrder(b.test.operator) && !isList(a.subject)) {
        doubtful ??= { one, other, sure: false };
      }
    }
  }
  return doubtful;
}

const ORDERS: ReadonlySet<string> = new Set(['gt', 'gte', 'lt', 'lte', 'before', 'after']);
const isOrder = (operator: string): boolean => ORDERS.has(operator);

/** A rule by its name for people: `rule 0 ("staff")`. */
export function ruleText({ id }: RuleDefinition, position: number): string {
  return id === undefined ? `rule ${position}` : `rule ${position} (${JSON.stringify(id)})`;
}
