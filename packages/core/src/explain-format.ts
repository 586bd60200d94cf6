import { FlagError } from './error.ts';
import type {
  BucketStep,
  ClauseStep,
  ConditionStep,
  Explanation,
  Step,
  TargetingBucket,
  TargetingStep,
} from './explain-step.ts';
import { formatIssue, type Path } from './issue.ts';

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
    case 'targeting':
      return formatTargeting(step);
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

function formatTargeting(step: TargetingStep): string[] {
  const told = new Set(step.conditions.flatMap(readsOf));
  const seen = Object.entries(step.seen).map(([name, value]) => `${name} = ${show(value)}`);
  const missing = step.missing.map((name) => `no ${name}`);
  const names = [...Object.keys(step.seen), ...step.missing];
  const others = [...seen, ...missing].filter((_, i) => !told.has(names[i]!));
  const buckets = new Set(step.buckets);
  const conditions = step.conditions.flatMap((condition) => formatCondition(condition, step, buckets));
  const left = step.omitted === undefined ? [] : [`${step.omitted} more left out`];
  return [
    `targeting yields ${show(step.result)}${others.length === 0 ? '' : `, seeing ${others.join(', ')}`}`,
    ...indented([...conditions, ...[...buckets].flatMap((bucket) => formatBucket(bucket, 'null')), ...left]),
  ];
}

function readsOf({ reads, parts }: ConditionStep): readonly string[] {
  return [...reads, ...parts.flatMap(readsOf)];
}

/** A condition with its parts, or with its buckets, which are taken out of those that are still to be told. */
function formatCondition(condition: ConditionStep, step: TargetingStep, buckets: Set<TargetingBucket>): string[] {
  const { path, text, held, reads, parts } = condition;
  const value = (name: string): string => (Object.hasOwn(step.seen, name) ? show(step.seen[name]) : 'nothing');
  const [only] = reads;
  const saw = reads.length === 1 ? value(only!) : reads.map((name) => `${name} = ${value(name)}`).join(', ');
  const lines = parts.flatMap((part) => formatCondition(part, step, buckets));
  for (const bucket of buckets) {
    if (!isWithin(bucket.path, path)) continue;
    lines.push(...formatBucket(bucket, 'null'));
    buckets.delete(bucket);
  }
  return [`${held ? '✓' : '✗'} ${text}${saw === '' ? '' : `, saw ${saw}`}`, ...indented(lines)];
}

function isWithin(path: Path, outer: Path): boolean {
  return outer.every((step, i) => path[i] === step);
}

function formatBucket(step: BucketStep | undefined, none = 'next rule'): string[] {
  if (step === undefined) return [];
  if (step.ranges.length === 0) return ['no bucket: the weights are no whole numbers that add up to something'];
  if (step.value === undefined) {
    return [`no bucket: the context has no ${'path' in step ? 'text in ' : ''}${step.attribute} to hash`];
  }
  const ranges = step.ranges.map(({ from, to, variant }) => `${from}–${to - 1} ${variant ?? none}`).join(', ');
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
