import { conclusionOf } from './conclusion.ts';
import type { Analysis, Experiment, Reading } from './experiment.ts';
import { decimalsFor, shownConfidence, shownCount, shownName, shownP, shownPercent, shownPoints } from './shown.ts';
import type { SplitCheck } from './split-check.ts';

/** An experiment as text for people: a table of its variants, whether the split is good, and what follows. */
export function formatExperiment(experiment: Experiment): string {
  const { flag, conversion, period, split, warnings } = experiment;
  const users = experiment.variants.reduce((sum, variant) => sum + variant.users, 0);
  const when = period === undefined ? '' : `, shown first at ${period.first} and last at ${period.last}`;
  const others = warnings.filter(({ code }) => code !== 'split-broken');
  return [
    `${shownName(flag)}: ${shownName(conversion)} of ${shownCount(users)} users${when}`,
    '',
    ...tableOf(experiment),
    '',
    splitLine(split),
    conclusionOf(experiment),
    ...others.map(({ message }) => `warning: ${message}`),
    ...leftOut(experiment.reading, experiment.inSeveralVariants),
    '',
  ].join('\n');
}

function tableOf({ variants, control, comparisons, split, confidence }: Analysis): readonly string[] {
  const interval = `${shownConfidence(confidence)} interval`;
  const decimals = decimalsFor(Math.max(0, ...variants.map((variant) => variant.interval?.high ?? 0)));
  const header = ['variant', 'users', 'share', 'meant', 'converted', 'rate', interval];
  const rows = variants.map(({ name, users, conversions, rate, interval }, i) => {
    const total = split.shares.reduce((sum, share) => sum + share.users, 0);
    const row = [
      shownName(name),
      shownCount(users),
      total === 0 ? '–' : shownPercent(users / total, 1),
      shownPercent(split.shares[i]!.expected, 1),
      shownCount(conversions),
      rate === undefined ? '–' : shownPercent(rate, decimals),
      interval === undefined
        ? '–'
        : `${(100 * interval.low).toFixed(decimals)} – ${shownPercent(interval.high, decimals)}`,
    ];
    const compared = comparisons.find(({ variant }) => variant === name);
    if (compared === undefined) return [...row, name === control ? 'control' : '–'];
    return [
      ...row,
      shownPoints(compared.difference, decimals),
      `${shownPoints(compared.interval.low, decimals)} … ${shownPoints(compared.interval.high, decimals)}`,
      compared.lift === undefined ? '–' : `${shownPoints(compared.lift, 1)} %`,
      shownP(compared.p),
      shownP(compared.pCorrected),
    ];
  });
  const compared = comparisons.length === 0 ? [] : ['points', interval, 'lift', 'p', 'p (Holm)'];
  return aligned([[...header, ...compared], ...rows.map((row) => row.slice(0, header.length + compared.length))]);
}

/** Rows as columns of equal width, a line below the first; names to the left, numbers to the right. */
function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
  return [lines[0]!, widths.map((width) => '─'.repeat(width)).join('  '), ...lines.slice(1)];
}

function splitLine({ verdict, chiSquared, degreesOfFreedom, p, because }: SplitCheck): string {
  if (verdict === 'not-checked') return `split: not checked, ${because}`;
  const freedom = degreesOfFreedom === 1 ? '1 degree' : `${degreesOfFreedom} degrees`;
  const figures = because ?? `chi-squared ${chiSquared.toFixed(2)} with ${freedom} of freedom, p ${equals(p)}`;
  if (verdict === 'as-expected') return `split: as meant (${figures})`;
  return `split: BROKEN. The split itself is broken: do not trust the result (${figures})`;
}

const equals = (p: number): string => (p < 0.0001 ? shownP(p) : `= ${shownP(p)}`);

function leftOut(reading: Reading, inSeveral: number): readonly string[] {
  const parts = [
    [inSeveral, 'users in several variants', 'user in several variants'],
    [reading.broken, `of ${shownCount(reading.lines)} lines broken`, `of ${shownCount(reading.lines)} lines broken`],
    [reading.withoutUser, 'events without a user', 'event without a user'],
    [reading.outsidePeriod, 'events outside the period', 'event outside the period'],
    [reading.unknownVariant, 'exposures to no known variant', 'exposure to no known variant'],
  ] as const;
  const shown = parts
    .filter(([count]) => count > 0)
    .map(([n, many, one]) => `${shownCount(n)} ${n === 1 ? one : many}`);
  return shown.length === 0 ? [] : [`left out: ${shown.join(', ')}`];
}
