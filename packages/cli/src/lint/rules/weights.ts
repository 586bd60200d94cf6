import type { Path, RolloutDefinition } from '@flagwright/core';
import type { LintRule } from '../finding.ts';
import { callOf, resolved } from '../logic.ts';
import type { FlagView, SetView } from '../view.ts';

/** A split that splits nobody. */
export const singleShare: LintRule = {
  id: 'single-share',
  summary: 'a split in which one variant has it all',
  help: 'Every share that is not 0 serves the same variant: nothing is split, but contexts without the attribute that is hashed are passed over. Serve the variant by `variation`, or give another one a share.',
  severity: 'warning',
  *flag(flag, set) {
    for (const { path, shares } of splitsOf(flag, set)) {
      const live = shares.filter(({ weight }) => weight > 0);
      const names = new Set(live.map(({ variant }) => variant));
      if (names.size !== 1 || shares.some(({ variant }) => variant === undefined)) continue;
      yield {
        path,
        message: `all shares are those of ${JSON.stringify(live[0]!.variant)}: nothing is split`,
        hint: 'serve it without a split, or give another variant a share',
      };
    }
  },
};

/** A share of 0. */
export const zeroWeight: LintRule = {
  id: 'zero-weight',
  summary: 'a share of 0, which nobody is served',
  help: 'Shares and percentages of 0 serve nobody. They are usual before a rollout begins and after it ends; afterwards they can be removed.',
  severity: 'off',
  *flag(flag, set) {
    for (const { shares } of splitsOf(flag, set)) {
      for (const { path, weight } of shares)
        if (weight === 0) yield { path, message: 'this share is 0: nobody is served it' };
    }
    for (const [i, { percentage, rollout }] of (flag.definition.rules ?? []).entries()) {
      if (rollout !== undefined || percentage === undefined || Math.round(percentage * 1_000) > 0) continue;
      yield {
        path: [...flag.path, 'rules', i, 'percentage'],
        message: `${percentage} % are nobody: the least share is 0.001 %`,
      };
    }
  },
};

/** Weights that nearly are percentages. */
export const oddWeights: LintRule = {
  id: 'odd-weights',
  summary: 'relative weights that nearly add up to 100',
  help: 'The weights of `variants` and of "fractional" are relative: they may add up to anything. These add up to nearly 100, or 1000, 10000 or 100000, as if they were shares of it, of which one is wrong. Weights that are all equal are never told of.',
  severity: 'warning',
  *flag(flag, set) {
    for (const { path, shares, relative } of splitsOf(flag, set)) {
      const weights = shares.map(({ weight }) => weight);
      if (!relative || weights.length < 2 || new Set(weights).size === 1) continue;
      const sum = weights.reduce((a, b) => a + b, 0);
      const whole = WHOLES.find((one) => sum !== one && Math.abs(sum - one) <= one / 20);
      if (whole === undefined) continue;
      yield {
        path,
        message: `the weights add up to ${sum}, which is nearly ${whole}`,
        expected: `a sum of ${whole}`,
        hint: `the first share is ${round((100 * weights[0]!) / sum)} %, not ${round((100 * weights[0]!) / whole)} %`,
      };
    }
  },
};

const WHOLES = [100, 1_000, 10_000, 100_000];
const round = (share: number): number => Math.round(share * 100) / 100;

interface Split {
  readonly path: Path;
  readonly shares: readonly Share[];
  /** The weights may add up to anything. */
  readonly relative: boolean;
}

interface Share {
  readonly path: Path;
  readonly weight: number;
  /** Undefined where it is worked out. */
  readonly variant: string | undefined;
}

function* splitsOf(flag: FlagView, set: SetView): Iterable<Split> {
  const { definition, path, variants } = flag;
  const rollout = ({ variations }: RolloutDefinition, at: Path): Split => ({
    path: [...at, 'variations'],
    relative: false,
    shares: variations.map(({ variation, weight }, i) => ({
      path: [...at, 'variations', i, 'weight'],
      weight,
      variant: variants.named(variation)?.name,
    })),
  });
  for (const [i, rule] of (definition.rules ?? []).entries()) {
    if (rule.rollout !== undefined) yield rollout(rule.rollout, [...path, 'rules', i, 'rollout']);
  }
  const { fallthrough } = definition;
  const weighted = variants.list.some(({ weight }) => weight > 0);
  if (weighted && Array.isArray(definition.variants)) {
    const given = definition.variants.flatMap(({ name, weight }, i) =>
      weight === undefined ? [] : [{ path: [...path, 'variants', i, 'weight'], weight, variant: name }],
    );
    yield { path: [...path, 'variants'], shares: given, relative: true };
  } else if (typeof fallthrough === 'object' && fallthrough.rollout !== undefined) {
    yield rollout(fallthrough.rollout, [...path, 'fallthrough', 'rollout']);
  }
  if (flag.logic !== undefined) yield* fractionals(flag.logic, [...path, 'targeting'], set);
}

function* fractionals(raw: unknown, path: Path, set: SetView): Iterable<Split> {
  if (typeof raw !== 'object' || raw === null) return;
  if (Array.isArray(raw)) {
    for (const [i, one] of raw.entries()) yield* fractionals(one, [...path, i], set);
    return;
  }
  const call = callOf(raw);
  if (call === undefined) return;
  if (call.name === 'fractional') {
    const shares = sharesOf(call.args, (i) => call.at(path, i), set);
    if (shares !== undefined) yield { path: [...path, 'fractional'], shares, relative: true };
    return;
  }
  for (const [i, arg] of call.args.entries()) yield* fractionals(arg, call.at(path, i), set);
}

/** The shares of a `fractional` that are all written out; undefined if one is not. */
function sharesOf(args: readonly unknown[], at: (i: number) => Path, set: SetView): readonly Share[] | undefined {
  const from = Array.isArray(resolved(args[0], set)) ? 0 : 1;
  const shares: Share[] = [];
  for (let i = from; i < args.length; i++) {
    const slot = args[i];
    if (!Array.isArray(slot)) return undefined;
    const [variant, weight = 1] = slot;
    if (typeof weight !== 'number' || (typeof variant === 'object' && variant !== null)) return undefined;
    shares.push({ path: [...at(i), 1], weight, variant: String(variant) });
  }
  return shares;
}
