import { FlagError } from './error.ts';
import type { BucketStep, Explanation, Step } from './explain.ts';
import { formatIssue } from './issue.ts';

/** An explanation as indented lines for people. */
export function formatExplanation(explanation: Explanation, indent = ''): string {
  return formatOnce(explanation, indent, new Set());
}

/** A flag that is reached by several ways is explained at the first. */
function formatOnce(explanation: Explanation, indent: string, told: Set<string>): string {
  const { key, evaluation, steps } = explanation;
  const { value, variant, reason, errorMessage } = evaluation;
  const named = variant === undefined ? '' : ` (${variant})`;
  const answer = errorMessage ?? `${value === undefined ? "the caller's default" : show(value)}${named}`;
  const lines = [`${key} = ${answer}, because ${reason}`];
  if (told.has(key)) lines.push('  (explained above)');
  else for (const step of steps) lines.push(...formatStep(step, '  ', told.add(key)));
  return lines.map((line) => indent + line).join('\n');
}

function formatStep(step: Step, indent: string, told: Set<string>): string[] {
  switch (step.kind) {
    case 'unknown':
      return [`${indent}there is no such flag`];
    case 'unusable':
      return step.issues.map((issue) => `${indent}${formatIssue(issue)}`);
    case 'override':
      return [`${indent}overridden with ${show(step.value)}`];
    case 'disabled':
      return [`${indent}the flag is off`];
    case 'prerequisite':
      return [
        `${indent}prerequisite ${step.key} must serve ${show(step.variation)}: ${step.held ? 'it does' : 'it does not'}`,
        formatOnce(step.explanation, `${indent}  `, told),
      ];
    case 'target':
      return [`${indent}targets: ${show(step.value)} is ${step.matched ? '' : 'not '}listed`];
    case 'targeting': {
      const seen = Object.entries(step.seen).map(([name, value]) => `${name} = ${show(value)}`);
      return [
        `${indent}targeting yields ${show(step.result)}${seen.length === 0 ? '' : `, seeing ${seen.join(', ')}`}`,
      ];
    }
    case 'fallthrough':
      return [`${indent}nothing more specific decides`, ...formatBucket(step.bucket, `${indent}  `)];
    case 'rule': {
      const verdict = step.served ? 'decides' : step.matched ? 'matches, and passes this one on' : 'does not match';
      const clauses = step.clauses.map(({ clause, seen, matched }) => {
        const subject = clause.attribute === undefined ? '' : `${clause.attribute} `;
        const not = clause.negate === true ? 'not ' : '';
        const saw = clause.attribute === undefined ? '' : `, saw ${show(seen)}`;
        return `${indent}  ${matched ? '✓' : '✗'} ${subject}${not}${clause.operator} ${show(clause.values ?? [])}${saw}`;
      });
      return [`${indent}rule ${step.id} ${verdict}`, ...clauses, ...formatBucket(step.bucket, `${indent}  `)];
    }
  }
}

function formatBucket(step: BucketStep | undefined, indent: string): string[] {
  if (step === undefined) return [];
  if (step.value === undefined) return [`${indent}no bucket: the context has no ${step.attribute} to hash`];
  const ranges = step.ranges.map(({ from, to, variant }) => `${from}–${to - 1} ${variant ?? 'next rule'}`).join(', ');
  return [
    `${indent}${step.attribute} ${show(step.value)} falls into bucket ${step.bucket} of ${step.total} (${ranges})`,
  ];
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
