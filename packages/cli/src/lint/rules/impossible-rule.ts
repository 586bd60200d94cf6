import type { IsSingle } from '../clauses.ts';
import { type Conditions, conditionsOf, contradictionOf, segmentConditions, singlesOf } from '../conditions.ts';
import type { Finding, LintRule } from '../finding.ts';
import type { SetView } from '../view.ts';

/** A rule whose clauses contradict each other. */
export const impossibleRule: LintRule = {
  id: 'impossible-rule',
  summary: 'a rule with clauses that exclude each other',
  help: 'All clauses of a rule must hold, and these never do together: nobody matches. Two clauses that ask one attribute for different things are told of if the attribute has one value: if it is declared so, or is one of the usual ones, as country. Of a list another element may match each. An attribute that is not declared is taken to have one value where bounds of numbers or times exclude each other, and only there.',
  severity: 'warning',
  *flag(flag, set) {
    yield* contradictions(conditionsOf(flag), set);
  },
  *set(set) {
    for (const rules of segmentConditions(set)) yield* contradictions(rules, set);
  },
};

function* contradictions(rules: readonly Conditions[], set: SetView): Iterable<Finding> {
  const single: IsSingle = singlesOf(set);
  const isList = (subject: string): boolean => ['list', 'object'].includes(set.typeOf(subject) ?? '');
  for (const { path, clauses, said } of rules) {
    const found = contradictionOf(said, single, isList);
    if (found === undefined) continue;
    const { one, other, sure } = found;
    const { attribute = '' } = clauses[other]!;
    const unless = sure ? '' : `, unless ${JSON.stringify(attribute)} is a list`;
    yield {
      path: [...path(), 'clauses', other],
      message: `this excludes clause ${one}: nobody matches the rule${unless}`,
      hint: sure
        ? 'all clauses must hold: for "one or the other" write two rules, or one clause with several values'
        : `if it is one, declare it under \`attributes\` as a list`,
    };
  }
}
