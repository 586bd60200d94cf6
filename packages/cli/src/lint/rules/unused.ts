import type { LintRule } from '../finding.ts';
import { callOf } from '../logic.ts';
import { outcomesOf } from '../outcomes.ts';
import { textsIn } from '../usage.ts';
import type { SetView } from '../view.ts';

/** A segment that nothing refers to. */
export const unusedSegment: LintRule = {
  id: 'unused-segment',
  summary: 'a segment that nothing refers to',
  help: 'No flag, segment or shared evaluator names the segment. Remove it, unless it is for flags to come.',
  severity: 'warning',
  *set(set) {
    const names = Object.keys(set.document.segments ?? {});
    if (names.length === 0) return;
    const used = usedIn(set, 'segment:');
    for (const inner of set.snapshot.internals.words.segmentUses.values()) for (const name of inner) used.add(name);
    for (const logic of Object.values(set.document.$evaluators ?? {})) {
      for (const name of operandsOf(logic, 'in_segment')) used.add(name);
    }
    for (const name of names) {
      if (!used.has(name))
        yield { path: ['segments', name], message: 'nothing refers to this segment', hint: 'remove it' };
    }
  },
};

/** A shared evaluator that nothing refers to. */
export const unusedEvaluator: LintRule = {
  id: 'unused-evaluator',
  summary: 'a shared evaluator that nothing refers to',
  help: 'No targeting and no other evaluator says {"$ref": …} with this name. Remove it, unless it is for flags to come.',
  severity: 'warning',
  *set(set) {
    const evaluators = set.document.$evaluators ?? {};
    const names = Object.keys(evaluators);
    if (names.length === 0) return;
    const used = usedIn(set, 'evaluator:');
    for (const [name, logic] of Object.entries(evaluators)) {
      for (const other of operandsOf(logic, '$ref')) if (other !== name) used.add(other);
    }
    for (const name of names) {
      if (!used.has(name)) {
        yield { path: ['$evaluators', name], message: 'nothing refers to this evaluator', hint: 'remove it' };
      }
    }
  },
};

/** A variant that nobody can be served. */
export const unusedVariant: LintRule = {
  id: 'unused-variant',
  summary: 'a variant that nobody can be served',
  help: 'No rule, target, share, targeting result, default or off variant of the flag is this variant. Told only of flags that decide, that have rules, targets, targeting or weights, and whose values are not boolean: a switch has a side that is not in use. Of targeting that works its result out nothing is known, and nothing is told.',
  severity: 'warning',
  *flag(flag, set) {
    const { definition, path, variants, logic } = flag;
    if (variants.boolean || variants.list.length < 2) return;
    const weighted = variants.list.some(({ weight }) => weight > 0);
    const decides = definition.rules?.length || definition.targets?.length || logic !== undefined || weighted;
    if (!decides && typeof definition.fallthrough !== 'object') return;
    const { served, more } = outcomesOf(flag, set);
    if (more || (set.document.overrides !== undefined && Object.hasOwn(set.document.overrides, flag.key))) return;
    for (const { name, position } of variants.list) {
      const outcome = variants.outcome(name);
      if (served.has(outcome) || variants.off === outcome || variants.byDefault === outcome) continue;
      yield {
        path: [...path, 'variants', position ?? name],
        message: `nobody can be served ${JSON.stringify(name)}`,
        hint: 'remove it, or serve it to somebody',
      };
    }
  },
};

/** What flags use of a kind; of flags that cannot be used, every text counts. */
function usedIn({ flags, broken }: SetView, prefix: string): Set<string> {
  const used = new Set<string>(textsIn(broken));
  for (const { uses } of flags.values()) {
    for (const use of uses) if (use.startsWith(prefix)) used.add(use.slice(prefix.length));
  }
  return used;
}

/** The texts that stand as operands of an operator, anywhere in an expression. */
function* operandsOf(raw: unknown, operator: string): Iterable<string> {
  if (typeof raw !== 'object' || raw === null) return;
  const call = callOf(raw);
  if (call?.name === operator) for (const arg of call.args) if (typeof arg === 'string') yield arg;
  for (const inner of Object.values(raw)) yield* operandsOf(inner, operator);
}
