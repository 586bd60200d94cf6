import { type FlagDefinition, isRecord, oneOf, suggest } from '@flagwright/core';
import { UsageError } from '../errors/usage-error.ts';
import { nameOf, restingOf, variantsOf } from './variants.ts';

type Rule = NonNullable<FlagDefinition['rules']>[number];
type Rollout = NonNullable<Rule['rollout']>;

/** The weights of a rollout add up to this. */
const TOTAL = 100_000;

/** The most that the weights of variants may add up to. */
const MOST_SUM = 2_147_483_647;

/** A flag with other weights: of a rule's rollout, of its variants, or of what is served when no rule decides. */
export function withWeights(
  definition: FlagDefinition,
  weights: ReadonlyMap<string, number>,
  ruleId: string | undefined,
): FlagDefinition {
  checkNames(definition, weights.keys());
  if (ruleId !== undefined) {
    return withRule(definition, ruleId, ({ variation, percentage, ...rule }) => ({
      ...rule,
      rollout: rolloutOf(definition, rule.rollout, weights),
    }));
  }
  const { variants, fallthrough } = definition;
  if (Array.isArray(variants) && isWeighted(definition)) {
    const whole = wholeOf(variants.map(({ name }) => weights.get(name) ?? 0));
    return { ...definition, variants: variants.map((one, i) => ({ ...one, weight: whole[i]! })) };
  }
  const before = isRecord(fallthrough) ? (fallthrough.rollout as Rollout | undefined) : undefined;
  return { ...definition, fallthrough: { rollout: rolloutOf(definition, before, weights) } };
}

/**
 * A flag that serves what it decides to a share of users, in percent: by the `percentage` of a rule with a variant, else by
 * the weights of a split in two. Without the id of a rule: the only rule with a share, else what is served when none decides.
 */
export function withPercentage(
  definition: FlagDefinition,
  percent: number,
  ruleId: string | undefined,
): FlagDefinition {
  const rules = definition.rules ?? [];
  const shared = rules.flatMap((rule, i) =>
    rule.percentage !== undefined || rule.rollout !== undefined ? [idOf(rule, i)] : [],
  );
  if (ruleId === undefined && shared.length > 1) {
    throw new UsageError(`--percentage: which rule? ${shared.length} rules have a share: ${oneOf(shared)}`, [
      'Say it by --rule <id>',
    ]);
  }
  const id = ruleId ?? shared[0];
  if (id !== undefined) {
    return withRule(definition, id, (rule) => {
      if (rule.rollout === undefined) return { ...rule, percentage: percent };
      const names = rule.rollout.variations.map(({ variation }) => nameOf(definition, variation));
      return { ...rule, rollout: rolloutOf(definition, rule.rollout, inTwo(definition, names, percent)) };
    });
  }
  return withWeights(
    definition,
    inTwo(
      definition,
      variantsOf(definition).map(({ name }) => name),
      percent,
    ),
    undefined,
  );
}

/** Weights of two variants, of which the one that is not the default gets `percent`. */
function inTwo(
  definition: FlagDefinition,
  names: readonly (string | undefined)[],
  percent: number,
): ReadonlyMap<string, number> {
  const resting = restingOf(definition) ?? (names.includes('off') ? 'off' : undefined);
  const others = names.filter((name) => name !== resting);
  if (names.length !== 2 || others.length !== 1) {
    throw new UsageError('--percentage: it is not clear which variant is to get that share', [
      `Say the share of each: --weights ${names.map((name) => `${name}=…`).join(',')}`,
    ]);
  }
  // 100 - 33.3 is a little more than 66.7 to a computer
  const rest = Number((100 - percent).toFixed(Math.min(decimalsOf(percent), 15)));
  return new Map(names.map((name) => [name!, name === resting ? rest : percent]));
}

/** Weights of variants in whole numbers, as they have to be: times a power of ten, as far as their sum may go. */
function wholeOf(weights: readonly number[]): readonly number[] {
  const sum = weights.reduce((all, weight) => all + weight, 0);
  let digits = Math.max(...weights.map(decimalsOf));
  while (digits > 0 && sum * 10 ** digits > MOST_SUM) digits--;
  return rounded(weights, (passed) => passed * 10 ** digits);
}

/** Weights in whole numbers on another scale: borders are rounded, not weights, so that they add up. */
function rounded(weights: readonly number[], scale: (passed: number) => number): readonly number[] {
  let [passed, given] = [0, 0];
  return weights.map((weight) => {
    passed += weight;
    const border = Math.round(scale(passed));
    const whole = border - given;
    given = border;
    return whole;
  });
}

/** How many digits a number has behind the point. */
function decimalsOf(value: number): number {
  const [digits = '', exponent = '0'] = String(value).split('e');
  return Math.max(0, (digits.split('.')[1]?.length ?? 0) - Number(exponent));
}

/** A rollout with other weights; the shares keep their order, for it is what keeps users where they are. */
function rolloutOf(
  definition: FlagDefinition,
  before: Rollout | undefined,
  weights: ReadonlyMap<string, number>,
): Rollout {
  const shares = new Map((before?.variations ?? []).map((one) => [nameOf(definition, one.variation) ?? '', one]));
  const names = [...shares.keys(), ...[...weights.keys()].filter((name) => !shares.has(name))];
  const sum = [...weights.values()].reduce((all, weight) => all + weight, 0);
  const whole = rounded(
    names.map((name) => weights.get(name) ?? 0),
    (passed) => (passed / sum) * TOTAL,
  );
  const variations = names.map((variation, i) => ({ ...shares.get(variation), variation, weight: whole[i]! }));
  return { ...before, variations };
}

function withRule(definition: FlagDefinition, id: string, change: (rule: Rule) => Rule): FlagDefinition {
  const rules = definition.rules ?? [];
  const ids = rules.map(idOf);
  const at = ids.indexOf(id);
  if (at >= 0) return { ...definition, rules: rules.map((rule, i) => (i === at ? change(rule) : rule)) };
  const near = suggest(id, ids);
  throw new UsageError(`there is no rule ${JSON.stringify(id)}`, [
    ids.length === 0 ? 'The flag has no rules' : `It has ${oneOf(ids)}`,
    ...(near === undefined ? [] : [`Did you mean ${JSON.stringify(near)}?`]),
  ]);
}

function checkNames(definition: FlagDefinition, names: Iterable<string>): void {
  const known = variantsOf(definition).map(({ name }) => name);
  for (const name of names) {
    if (known.includes(name)) continue;
    const near = suggest(name, known);
    throw new UsageError(`there is no variant ${JSON.stringify(name)}; expected ${oneOf(known)}`, [
      ...(near === undefined ? [] : [`Did you mean ${JSON.stringify(near)}?`]),
    ]);
  }
}

/** Whether weights of the variants decide when no rule does. */
export function isWeighted({ variants }: FlagDefinition): boolean {
  return Array.isArray(variants) && variants.some(({ weight }) => typeof weight === 'number' && weight > 0);
}

const idOf = (rule: Rule, index: number): string => rule.id ?? `rule-${index}`;

/** The ids of the rules of a flag. */
export function ruleIds({ rules = [] }: FlagDefinition): readonly string[] {
  return rules.map(idOf);
}
