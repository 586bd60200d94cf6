import type { FlagComparison } from './ledger.ts';
import { printable, shownKey } from './printable.ts';
import type { ShadowReport } from './report.ts';
import type { ShownAnswer } from './shown-answer.ts';

/** The most flags in a table. */
const ROWS = 100;

const HEADER = ['flag', 'compared', 'value', 'variant', 'reason', 'errors', 'last mismatch'] as const;

/** A report as lines for people, flags with trouble first; of more than 100 flags the others are left out. */
export function formatShadow(report: ShadowReport): string {
  const { primary, candidate, since, safe, reasons, warnings, flags, others } = report;
  const said = candidate.error === undefined ? '' : `: ${printable(candidate.error)}`;
  const rows = [...flags].sort(byTrouble).map(rowOf);
  const shown = rows.slice(0, ROWS);
  if (others !== undefined) shown.push(rowOf(others));
  return [
    `${printable(primary)}, shadowed by ${printable(candidate.name)} (${candidate.status}${said}) since ${new Date(since).toISOString()}`,
    totals(report),
    '',
    safe ? 'safe to switch' : 'not safe to switch',
    ...reasons.map((reason) => `  ✗ ${printable(reason)}`),
    ...warnings.map((warning) => `  ! ${printable(warning)}`),
    ...(shown.length === 0 ? [] : ['', ...table([HEADER, ...shown])]),
    ...(rows.length > ROWS ? [`and ${rows.length - ROWS} more`] : []),
  ].join('\n');
}

function totals(report: ShadowReport): string {
  const {
    evaluations,
    compared,
    mismatched,
    candidateErrors,
    settled,
    settling,
    skipped,
    pending,
    undecided,
    unknown,
  } = report;
  return [
    `${evaluations} evaluations`,
    `${compared} compared`,
    `${mismatched} differ`,
    `${candidateErrors} candidate errors`,
    `${settled} settled`,
    ...(settling === 0 ? [] : [`${settling} settling`]),
    ...(pending === 0 ? [] : [`${pending} pending`]),
    `${skipped} skipped`,
    ...(undecided === 0 ? [] : [`${undecided} undecided`]),
    ...(unknown === 0 ? [] : [`${unknown} of unknown flags`]),
  ].join(', ');
}

/** Wrong values and errors come before wrong variants and reasons, and these before flags in order; then by key. */
function byTrouble(one: FlagComparison, other: FlagComparison): number {
  return troubleOf(other) - troubleOf(one) || (one.key < other.key ? -1 : 1);
}

function troubleOf({ mismatches: { value, variant, reason }, errors }: FlagComparison): number {
  return value + errors > 0 ? 2 : variant + reason > 0 ? 1 : 0;
}

function rowOf({ key, compared, mismatches, errors, last }: FlagComparison): readonly string[] {
  const { value, variant, reason } = mismatches;
  const counts = [compared, value, variant, reason, errors].map(String);
  const differed =
    last === undefined
      ? ''
      : `${new Date(last.at).toISOString()} ${last.differences.join(', ')}: ${show(last.primary)} → ${show(last.candidate)}`;
  return [shownKey(key), ...counts, differed];
}

function show({ value, variant, reason, errorCode }: ShownAnswer): string {
  if (errorCode !== undefined) return printable(errorCode);
  const facts = [variant, reason].filter((fact) => fact !== undefined).map(printable);
  return `${value ?? 'a value'}${facts.length === 0 ? '' : ` (${facts.join(', ')})`}`;
}

/** Columns of equal width; those of counts are flush right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = HEADER.map((_, column) => Math.max(...rows.map((row) => [...row[column]!].length)));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const space = ' '.repeat(Math.max(0, widths[column]! - [...cell].length));
        return column === 0 || column === HEADER.length - 1 ? cell + space : space + cell;
      })
      .join('  ')
      .trimEnd(),
  );
}
