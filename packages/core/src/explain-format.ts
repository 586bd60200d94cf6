import { FlagError } from './error.ts';
import type { BucketStep, ClauseStep, Explanation, Step } from './explain.ts';
import { formatIssue } from './issue.ts';

/** An explanation as indented lines for people. A flag that is reached by several ways is explained at the first. */
export function formatExplanation(explanation: Explanation, indent = ''): string {
  return indented(formatFlag(explanation, new Set()), indent).join('\n');
}

function indented(lines: readonly string[], indent = '  '): string[] {
  return lines.map((line) => indent + line);
}

function formatFlag({ key, evaluation, steps }: Explanation, told: Set<string>): string[] {
  const { value, variant, reason, errorMessage } = evaluation;
  const named = variant === undefined ? '' : ` (${variant})`;
  const answer = value === undefined ? "the caller's default" : show(value);
  const head = errorMessage === undefined ? `${key} = ${answer}${named}, because ${reason}` : `${key}: ${errorMessage}`;
  if (told.has(key)) return [head, '  (explained above)'];
  told.add(key);
  return [head, ...indented(steps.flatMap((step) => formatStep(step, told)))];
}

function formatStep(step: Step, told: Set<string>): string[] {
  switch (step.kind) {
    case 'unknown':
      return [];
    case 'unusable':
      return step.issues.map(formatIssue);
    case 'override':
      return [`overridden with ${show(step.value)}`];
    case 'disabled':
      return ['the flag is off'];
    case 'prerequisite':
      return [
        `prerequisite ${step.key} must serve ${show(step.variation)}: ${step.held ? 'it does' : 'it does not'}`,
        ...indented(formatFlag(step.explanation, told)),
      ];
    case 'target':
      return [`targets: ${show(step.value)} is ${step.matched ? '' : 'not '}listed`];
    case 'targeting': {
      const seen = Object.entries(step.seen).map(([name, value]) => `${name} = ${show(value)}`);
      return [`targeting yields ${show(step.result)}${seen.length === 0 ? '' : `, seeing ${seen.join(', ')}`}`];
    }
    case 'fallthrough':
      return ['nothing more specific decides', ...indented(formatBucket(step.bucket))];
    case 'rule': {
      const verdict = step.served ? 'decides' : step.matched ? 'matches, and passes this one on' : 'does not match';
      const details = [...step.clauses.map(formatClause), ...formatBucket(step.bucket)];
      return [`rule ${step.id} ${verdict}`, ...indented(details)];
    }
  }
}

function formatClause({ clause, seen, matched }: ClauseStep): string {
  const { attribute, operator, values = [], negate } = clause;
  const subject = attribute === undefined ? '' : `${attribute} `;
  const saw = attribute === undefined ? '' : `, saw ${show(seen)}`;
  return `${matched ? '✓' : '✗'} ${subject}${negate === true ? 'not ' : ''}${operator} ${show(values)}${saw}`;
}

function formatBucket(step: BucketStep | undefined): string[] {
  if (step === undefined) return [];
  if (step.value === undefined) return [`no bucket: the context has no ${step.attribute} to hash`];
  const ranges = step.ranges.map(({ from, to, variant }) => `${from}–${to - 1} ${variant ?? 'next rule'}`).join(', ');
  return [`${step.attribute} ${show(step.value)} falls into bucket ${step.bucket} of ${step.total} (${ranges})`];
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  try {
    const text = JSON.stringify(value) ?? String(value);
    return text.length > 200 ? `${text.slice(0, 199)}…` : text;
  } catch (thrown) {
    return FlagError.from(thrown).message;
  }
}
