import { preview } from '@flagwright/core';
import type { Audience, Effect, Outcome, Share, Summary } from './effect.ts';
import { isUsual, named } from './sentences.ts';

/** An effect as lines for people: what changes in the flag, then who moves, and who stays. */
export function formatEffect(effect: Effect): string {
  const { audiences, complete, reason, identical, others, singleValued, at } = effect;
  if (identical) return 'nothing changes';
  const lines = [...summaryLines(effect.summary), ...audiences.map(audienceLine)];
  if (!complete) lines.push(`there may be more: the change was not looked at in full, ${reason ?? 'for its size'}`);
  else if (audiences.length === 0) lines.push('nobody is affected');
  else if (others) lines.push('nobody else is affected');
  if (singleValued.length > 0)
    lines.push(`taking it that these have one value, and no list: ${singleValued.map(named).join(', ')}`);
  if (at !== undefined) lines.push(`as of ${timeOf(at)}`);
  // names of variants and attributes may be of several lines, and a line of this is one of ours
  return lines.map((line) => line.replace(/[\r\n\u0085\u2028\u2029]\s*/g, ' ')).join('\n');
}

function timeOf(at: number): string {
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? `${at} ms` : time.toISOString();
}

function summaryLines(summary: Summary): readonly string[] {
  const { created, removed, enabled, type, variants, unusable, off } = summary;
  const lines: string[] = [];
  if (created) lines.push('the flag is created');
  if (removed) lines.push('the flag is removed');
  if (enabled !== undefined) lines.push(`the flag is ${enabled.to ? 'enabled' : 'disabled'}`);
  if (type !== undefined) lines.push(`the type changes from ${type.from} to ${type.to}`);
  for (const name of variants?.added ?? []) lines.push(`variant ${named(name)} is added`);
  for (const name of variants?.removed ?? []) lines.push(`variant ${named(name)} is removed`);
  for (const { name, from, to } of variants?.changed ?? []) {
    lines.push(`the value of variant ${named(name)} changes from ${preview(from)} to ${preview(to)}`);
  }
  if (summary.default !== undefined && !isSameVariant(summary.default)) {
    lines.push(
      `the default changes from ${formatOutcome(summary.default.from)} to ${formatOutcome(summary.default.to)}`,
    );
  }
  if (off !== undefined && !isSameVariant(off)) {
    lines.push(`while the flag is off, ${formatOutcome(off.to)} is served and no longer ${formatOutcome(off.from)}`);
  }
  if (unusable?.before !== undefined) lines.push(`the definition before cannot be used: ${unusable.before}`);
  if (unusable?.after !== undefined) lines.push(`the definition after cannot be used: ${unusable.after}`);
  return lines;
}

/** Of one whose value alone changes, that is told. */
const isSameVariant = ({ from, to }: { readonly from: Outcome; readonly to: Outcome }): boolean =>
  from.kind === 'variant' && to.kind === 'variant' && from.variant === to.variant;

/** One line: `where tier is "premium": 15 % move from off to on, 85 % stay off`. */
function audienceLine({ conditions, moves, stays, exact }: Audience): string {
  const split = moves.length + stays.length > 1;
  const said = conditions.filter((condition) => !(split && isUsual(condition)));
  const where =
    said.length > 0
      ? `where ${said.map(({ text }) => text).join(' and ')}`
      : conditions.length > 0
        ? 'everybody with a targeting key'
        : 'everybody';
  const parts = [
    ...moves.map((move) => {
      const opaque = move.from.kind === 'expression' || move.to.kind === 'expression';
      const verb = opaque ? 'may move' : 'move';
      const [from, to] = told(move.from, move.to);
      return `${formatShare(move)} ${verb} from ${from} to ${to}`;
    }),
    ...stays.map((stay) => {
      const what = stay.outcome === undefined ? 'as they are' : formatOutcome(stay.outcome);
      return `${formatShare(stay)} stay ${what}`;
    }),
  ];
  return `${where}: ${parts.join(', ')}${exact ? '' : ' (not exact)'}`;
}

/** Two outcomes, with their values where the names do not tell them apart. */
function told(from: Outcome, to: Outcome): readonly [string, string] {
  if (from.kind === 'variant' && to.kind === 'variant' && from.variant === to.variant) {
    return [`${named(from.variant)} (${preview(from.value)})`, `${named(to.variant)} (${preview(to.value)})`];
  }
  return [formatOutcome(from), formatOutcome(to)];
}

/** An outcome in a few words. */
export function formatOutcome(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'variant':
      return named(outcome.variant);
    case 'value':
      return `the value ${preview(outcome.value)}`;
    case 'caller':
      return "the caller's default";
    case 'error':
      return `the caller's default with the error ${outcome.code}`;
    case 'expression':
      return `what the expression ${preview(outcome.expression)} yields`;
  }
}

/** A share in percent, to a thousandth. */
function formatShare({ share, buckets }: Share): string {
  if (share === 1) return '100 %';
  const percent = share * 100;
  if (buckets > 0 && percent < 0.0005) return 'less than 0.001 %';
  if (percent > 99.9995) return 'more than 99.999 %';
  return `${Number(percent.toFixed(3))} %`;
}
