import type { Finding, LintRule } from '../finding.ts';
import { type LogicFault, logicFindings } from '../logic-findings.ts';
import type { SetView } from '../view.ts';

function logicRule(id: LogicFault, summary: string, help: string): LintRule {
  return {
    id,
    summary,
    help,
    severity: 'warning',
    *flag({ logic, path }, set) {
      if (logic !== undefined) yield* logicFindings(logic, [...path, 'targeting'], set, id);
    },
    *set(set) {
      yield* inEvaluators(set, id);
    },
  };
}

function* inEvaluators(set: SetView, fault: LogicFault): Iterable<Finding> {
  for (const [name, logic] of Object.entries(set.document.$evaluators ?? {})) {
    yield* logicFindings(logic, ['$evaluators', name], set, fault);
  }
}

/** A condition of JSON Logic that is the same for every context. */
export const constantCondition: LintRule = logicRule(
  'constant-condition',
  'a condition of JSON Logic that always, or never, holds',
  'The condition looks at nothing of the context, as {"==": [1, 1]}, or repeats one beside it. One of its branches is never taken. `true` as the last condition of an "if" is another way to write "else", and is left alone.',
);

/** An `if` that makes no difference. */
export const sameBranches: LintRule = logicRule(
  'same-branches',
  'an "if" with the same result either way',
  'The condition makes no difference: if it holds and if it does not, the result is the same. One of the results may have been meant to be another.',
);

/** A condition of JSON Logic that comes too late. */
export const unreachableBranch: LintRule = logicRule(
  'unreachable-branch',
  'a branch of an "if" that is never taken',
  'The first condition that holds decides. Whoever has this one has an earlier one, too, or cannot have it where it stands: as a share of users below 0.25 after one below 0.5, an equal condition, or a value among others. Put the narrower condition first.',
);

/** An `and` that never holds. */
export const impossibleCondition: LintRule = logicRule(
  'impossible-condition',
  'an "and" with operands that exclude each other',
  'One attribute is asked to be two things at once, so that the "and" never holds: two values, or bounds that leave nothing between. Perhaps "or" was meant.',
);
