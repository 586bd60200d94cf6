import type { RuleDefinition } from '@flagwright/core';
import type { IsSingle, Said } from '../clauses.ts';
import { allImply, contradictionOf, ruleText, segmentConditions, singlesOf } from '../conditions.ts';
import type { Finding, LintRule } from '../finding.ts';

/** More rules of one flag are not compared with all before them. */
const MOST_RULES = 300;

/** The most values of a clause that are followed one by one. */
const MOST_VALUES = 64;

/** A rule whom earlier rules leave nobody. */
export const shadowedRule: LintRule = {
  id: 'shadowed-rule',
  summary: 'a rule whose every context is caught by earlier rules',
  help: 'The first rule that serves decides. Whoever matches this rule matches an earlier one, so that this one never does anything. Put the narrower rule first, or remove it. A rollout, or a percentage of 100, passes over contexts without the attribute that it hashes: where only these are left, the message says so. That nobody is left is worked out from the clauses: values among others, prefixes, bounds, names of segments, and what attributes are declared as.',
  severity: 'warning',
  *flag({ definition, path, said: all }, set) {
    const rules = definition.rules ?? [];
    if (rules.length < 2) return;
    const single = singlesOf(set);
    const catchers: Catcher[] = [];
    for (const [i, rule] of rules.entries()) {
      if (i === MOST_RULES) return;
      const said = all[i]!;
      const dead =
        contradictionOf(said, single, () => false) !== undefined || said.some(({ kind }) => kind === 'nobody');
      const found = dead ? undefined : caught({ rule, i, said, share: shareOf(rule) }, catchers, single);
      if (found !== undefined) yield { path: [...path, 'rules', i], ...found };
      // core tells what comes after a rule that is for everybody, but for those without a targeting key
      const hashed = hashedBy(rule);
      const isByKey = hashed === undefined || hashed === 'key' || hashed === 'targetingKey';
      if (said.length === 0 && shareOf(rule) === undefined && isByKey) return;
      if (!dead && found === undefined) catchers.push({ rule, i, said, share: shareOf(rule) });
    }
  },
  *set(set) {
    const single = singlesOf(set);
    for (const rules of segmentConditions(set)) {
      for (const [i, { path, said }] of rules.slice(0, MOST_RULES).entries()) {
        const by = rules.slice(0, i).findIndex((earlier) => allImply(said, earlier.said, single));
        if (by < 0) continue;
        yield {
          path: path(),
          message: `whoever matches this is in the segment by rule ${by} already`,
          hint: `remove it, or narrow rule ${by}`,
        };
      }
    }
  },
};

interface Catcher {
  readonly rule: RuleDefinition;
  readonly i: number;
  readonly said: readonly Said[];
  /** In thousandths of a percent; undefined: all. */
  readonly share: number | undefined;
}

/** The share of those who match that a rule serves; undefined if it serves them all. */
function shareOf({ percentage, rollout }: RuleDefinition): number | undefined {
  if (rollout !== undefined || percentage === undefined) return undefined;
  return percentage >= 100 ? undefined : Math.round(percentage * 1_000);
}

/** The attribute without which a rule passes a context over; undefined if it passes nobody over. */
function hashedBy({ percentage, rollout }: RuleDefinition): string | undefined {
  if (rollout !== undefined) return rollout.bucketBy ?? 'key';
  return percentage === undefined ? undefined : 'key';
}

function caught(
  late: Catcher,
  catchers: readonly Catcher[],
  single: IsSingle,
): Pick<Finding, 'message' | 'hint'> | undefined {
  for (const early of catchers) {
    if (!allImply(late.said, early.said, single)) continue;
    const name = ruleText(early.rule, early.i);
    if (early.share !== undefined) {
      if (late.share === undefined || late.share > early.share || late.rule.rollout !== undefined) continue;
      return {
        message: `these ${late.rule.percentage} % are among the ${early.rule.percentage} % that ${name} serves: both split alike`,
        hint: `to serve more, say ${early.rule.percentage! + late.rule.percentage!} here: the first ${early.rule.percentage} % are the earlier rule's`,
      };
    }
    const hashed = hashedBy(early.rule);
    // those who are passed over have no such attribute, and this rule does not serve them either
    if (hashed === undefined || hashedBy(late.rule) === hashed || asksForKey(late.said, hashed)) {
      return { message: `whoever matches this is served by ${name} already`, hint: HINT };
    }
    // after a split of everybody by another attribute, what comes is for those without it
    if (early.said.length === 0) continue;
    return {
      message: `only contexts without ${JSON.stringify(hashed)} get here: all others who match this are served by ${name}`,
      hint: `if they are meant, say so with a clause: ${JSON.stringify({ attribute: hashed, operator: 'exists', negate: true })}`,
    };
  }
  return together(late, catchers, single);
}

const HINT = 'put it before, narrow the earlier rule, or remove this one';

/** Whether several rules together catch all the values that a clause asks for. */
function together(
  late: Catcher,
  catchers: readonly Catcher[],
  single: IsSingle,
): Pick<Finding, 'message' | 'hint'> | undefined {
  const sure = catchers.filter(({ rule, share }) => share === undefined && hashedBy(rule) === undefined);
  if (sure.length < 2) return undefined;
  for (const [at, said] of late.said.entries()) {
    if (said.kind !== 'some' || said.test.operator !== 'eq') continue;
    const { values } = said.test;
    if (values.length < 2 || values.length > MOST_VALUES) continue;
    const by = new Set<Catcher>();
    const all = values.every((value) => {
      const narrowed = late.said.with(at, { ...said, test: { operator: 'eq', values: [value] } });
      const early = sure.find((one) => allImply(narrowed, one.said, single));
      if (early !== undefined) by.add(early);
      return early !== undefined;
    });
    if (!all) continue;
    const names = [...by].map(({ rule, i }) => ruleText(rule, i));
    return { message: `whoever matches this is served already, by ${names.join(' or ')}`, hint: HINT };
  }
  return undefined;
}

/** Whether clauses hold only of contexts that have a targeting key to hash. */
function asksForKey(said: readonly Said[], hashed: string): boolean {
  if (hashed !== 'key' && hashed !== 'targetingKey') return false;
  return said.some(
    (one) =>
      one.kind === 'some' &&
      one.subject === 'key' &&
      ((one.test.operator === 'eq' && one.test.values.every((v) => v !== '' && typeof v !== 'boolean')) ||
        (one.test.operator === 'startsWith' && !one.test.values.includes(''))),
  );
}
