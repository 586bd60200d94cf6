import { normalQuantile } from './distributions.ts';
import type { Analysis, Comparison, ExperimentWarning, VariantCount, VariantResult } from './experiment.ts';
import { type AnalyseOptions, checkAnalyseOptions } from './options.ts';
import { compareProportions, holm, newcombe, wilson } from './proportions.ts';
import { checkSplit, type SplitCheck } from './split-check.ts';

/**
 * Analyses counts, wherever they come from: rates with intervals, differences from the control with p-values, and
 * whether the split is as was meant.
 *
 * Throws `FlagError('INVALID_ARGUMENT')` for counts and options that make no sense.
 */
export function analyse(counts: readonly VariantCount[], options: AnalyseOptions = {}): Analysis {
  const { control, confidence, weights } = checkAnalyseOptions(counts, options);
  // by the lower tail: next to 1, too few digits are left for the upper
  const z = -normalQuantile((1 - confidence) / 2);
  const variants = counts.map(({ name, users, conversions }): VariantResult => {
    if (users === 0) return { name, users, conversions, rate: undefined, interval: undefined };
    const proportion = { users, conversions };
    return { name, users, conversions, rate: conversions / users, interval: wilson(proportion, z) };
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const split = checkSplit(
    counts.map(({ name, users }, i) => ({ name, users, expected: total === 0 ? 0 : weights[i]! / total })),
  );
  const base = variants.find(({ name }) => name === control);
  const comparisons = base === undefined ? [] : compareAll(variants, base, z, confidence);
  return {
    confidence,
    variants,
    control,
    comparisons,
    split,
    winner: split.verdict === 'broken' ? undefined : winnerOf(variants, control, comparisons),
    warnings: warningsOf(variants, base, comparisons, split),
  };
}

function compareAll(
  variants: readonly VariantResult[],
  control: VariantResult,
  z: number,
  confidence: number,
): readonly Comparison[] {
  if (control.users === 0) return [];
  const others = variants.filter((variant) => variant !== control && variant.users > 0);
  const tests = others.map((variant) => compareProportions(control, variant));
  const corrected = holm(tests.map(({ p }) => p));
  const controlRate = control.conversions / control.users;
  return others.map((variant, i): Comparison => {
    const difference = variant.conversions / variant.users - controlRate;
    return {
      variant: variant.name,
      difference,
      interval: newcombe(control, variant, z),
      lift: controlRate === 0 ? undefined : difference / controlRate,
      ...tests[i]!,
      pCorrected: corrected[i]!,
      significant: corrected[i]! < 1 - confidence,
    };
  });
}

function winnerOf(
  variants: readonly VariantResult[],
  control: string | undefined,
  comparisons: readonly Comparison[],
): string | undefined {
  const better = comparisons.filter(({ significant, difference }) => significant && difference > 0);
  if (better.length > 0) {
    const best = better.reduce((a, b) => (b.difference > a.difference ? b : a));
    // a variant of few users may look better still, without being certain
    return comparisons.some(({ difference }) => difference > best.difference) ? undefined : best.variant;
  }
  const others = variants.filter(({ name, users }) => name !== control && users > 0);
  const worse = comparisons.filter(({ significant, difference }) => significant && difference < 0);
  return others.length > 0 && worse.length === others.length ? control : undefined;
}

function warningsOf(
  variants: readonly VariantResult[],
  control: VariantResult | undefined,
  comparisons: readonly Comparison[],
  split: SplitCheck,
): readonly ExperimentWarning[] {
  const warnings: ExperimentWarning[] = [];
  const warn = (code: ExperimentWarning['code'], message: string): void => void warnings.push({ code, message });
  if (split.verdict === 'broken') warn('split-broken', 'the split itself is broken: do not trust the result');
  const seen = variants.filter(({ users }) => users > 0);
  if (seen.length === 0) {
    warn('no-exposures', 'nobody was shown the experiment: is the flag split, and are its events sent?');
    return warnings;
  }
  if (variants.length === 1) {
    warn('one-variant', 'there is one variant, and nothing to hold it against');
    return warnings;
  }
  const empty = variants.filter(({ users }) => users === 0).map(({ name }) => name);
  if (control?.users === 0) warn('control-without-users', `nobody was shown the control, ${control.name}`);
  else if (empty.length > 0) warn('variant-without-users', `nobody was shown ${empty.join(', ')}`);
  if (split.verdict === 'not-checked') warn('split-not-checked', `the split was not checked: ${split.because}`);
  const small = comparisons.filter(({ test }) => test === 'fisher').map(({ variant }) => variant);
  if (small.length > 0) {
    const names = small.join(', ');
    warn('small-counts', `few conversions, or few others, for ${names}: compared by Fisher's exact test`);
  }
  return warnings;
}
