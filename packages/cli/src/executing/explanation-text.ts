import type {
  BucketStep,
  ClauseStep,
  ConditionStep,
  Explained,
  ExplainedFlag,
  ExplainedStep,
  ExplainedTargeting,
  TargetingBucket,
} from '@flagwright/core';
import { safe } from '../output/safe.ts';
import type { Style } from '../output/style.ts';

/** Signs of an explanation. */
export interface Signs {
  readonly yes: string;
  readonly no: string;
  readonly arrow: string;
  readonly to: string;
}

const UNICODE: Signs = { yes: '✓', no: '✗', arrow: '→', to: '–' };
const ASCII: Signs = { yes: '+', no: '-', arrow: '->', to: '-' };

interface Telling {
  readonly style: Style;
  readonly signs: Signs;
  readonly flags: ReadonlyMap<string, ExplainedFlag>;
  readonly told: Set<string>;
}

/**
 * An explanation as indented lines, without a line break at the end: each rule, clause by clause, with what was seen, the
 * bucket with its range, and the flags that are required, each at its first place.
 */
export function explanationText({ flags }: Explained, style: Style, plain: boolean): string {
  const [first] = flags;
  if (first === undefined) return '';
  const telling: Telling = {
    style,
    signs: plain ? ASCII : UNICODE,
    flags: new Map(flags.map((one) => [one.flag, one])),
    told: new Set(),
  };
  return flagLines(first, telling).join('\n');
}

function flagLines(flag: ExplainedFlag, telling: Telling): readonly string[] {
  const { style, told } = telling;
  const { value, variant, engineReason } = flag;
  const named = variant === undefined ? '' : ` (${safe(variant)})`;
  const answer = value === undefined ? 'the code default' : shown(value);
  const head = `${style.bold(safe(flag.flag))} = ${answer}${named}, because ${safe(engineReason)}`;
  if (told.has(flag.flag)) return [head, '  explained above'];
  told.add(flag.flag);
  return [head, ...indented(flag.steps.flatMap((step) => stepLines(step, telling)))];
}

const indented = (lines: readonly string[], by = '  '): readonly string[] => lines.map((line) => by + line);

function stepLines(step: ExplainedStep, telling: Telling): readonly string[] {
  const { style, flags } = telling;
  switch (step.kind) {
    case 'unknown':
      return [`${no(telling)} there is no such flag`];
    case 'unusable':
      return [`${no(telling)} the flag cannot be used`, ...indented(step.issues.map(safe), '    ')];
    case 'override':
      return [`${yes(telling)} overridden with ${shown(step.value)}`];
    case 'disabled':
      return [`${no(telling)} the flag is off`];
    case 'prerequisite': {
      const required = flags.get(step.key);
      const held = step.held ? 'it does' : 'it does not, so the flag is off';
      return [
        `${mark(step.held, telling)} prerequisite ${safe(step.key)} must serve ${shown(step.variation)}: ${held}`,
        ...indented(required === undefined ? [] : flagLines(required, telling), '    '),
      ];
    }
    case 'target':
      return [
        `${mark(step.matched, telling)} targets: ${step.value === undefined ? 'no targeting key' : shown(step.value)} ${step.value === undefined ? 'is given' : `is ${step.matched ? '' : 'not '}listed`}`,
      ];
    case 'rule': {
      const verdict = step.served ? 'decides' : step.matched ? 'matches, and passes this one on' : 'does not match';
      const details = [
        ...step.clauses.map((clause) => clauseLine(clause, telling)),
        ...(step.matched && step.clauses.length === 0 ? [style.dim('no clauses: everybody')] : []),
        ...bucketLines(step.bucket, telling),
      ];
      return [`${mark(step.served, telling)} rule ${safe(step.id)} ${verdict}`, ...indented(details, '    ')];
    }
    case 'targeting':
      return targetingLines(step, telling);
    case 'fallthrough':
      return [
        `${yes(telling)} nothing more specific decides: the default`,
        ...indented(bucketLines(step.bucket, telling), '    '),
      ];
    default:
      return [`${style.yellow('?')} ${safe(newKind(step))}: a step that this version does not know`];
  }
}

/** The kind of a step of a newer server. */
const newKind = (step: never): string => (step as { readonly kind: string }).kind;

/** JSON Logic condition by condition, each bucket below the condition it belongs to, and what else is read. */
function targetingLines(step: ExplainedTargeting, telling: Telling): readonly string[] {
  const { seen, result, missing = [], conditions = [], omitted = 0 } = step;
  const { style } = telling;
  const decides = result !== null && result !== undefined;
  const what = decides ? shown(result) : 'null, and leaves it to the default';
  const told = new Set(conditions.flatMap(readsOf));
  const buckets = new Set(step.buckets);
  const details = [
    ...conditions.flatMap((condition) => conditionLines(condition, seen, buckets, telling)),
    ...[...buckets].flatMap((bucket) => bucketLines(bucket, telling, 'null')),
    ...[...Object.keys(seen), ...missing]
      .filter((name) => !told.has(name))
      .map((name) => `${safe(name)} = ${seenIn(seen, name)}`),
    ...(omitted === 0 ? [] : [style.dim(`${grouped(omitted)} more left out`)]),
  ];
  return [`${mark(decides, telling)} targeting yields ${what}`, ...indented(details, '    ')];
}

const readsOf = ({ reads, parts }: ConditionStep): readonly string[] => [...reads, ...parts.flatMap(readsOf)];

const seenIn = (seen: Readonly<Record<string, unknown>>, name: string): string =>
  Object.hasOwn(seen, name) ? shown(seen[name]) : 'nothing';

function conditionLines(
  { path, text, held, reads, parts }: ConditionStep,
  seen: Readonly<Record<string, unknown>>,
  buckets: Set<TargetingBucket>,
  telling: Telling,
): readonly string[] {
  const saw =
    reads.length === 1
      ? seenIn(seen, reads[0]!)
      : reads.map((name) => `${safe(name)} = ${seenIn(seen, name)}`).join(', ');
  const lines = parts.flatMap((part) => conditionLines(part, seen, buckets, telling));
  const own = [...buckets].filter((bucket) => path.every((at, i) => bucket.path[i] === at));
  for (const bucket of own) buckets.delete(bucket);
  return [
    `${mark(held, telling)} ${safe(text)}${saw === '' ? '' : `; saw ${saw}`}`,
    ...indented([...lines, ...own.flatMap((bucket) => bucketLines(bucket, telling, 'null'))], '    '),
  ];
}

const yes = ({ style, signs }: Telling): string => style.green(signs.yes);
const no = ({ style, signs }: Telling): string => style.red(signs.no);
const mark = (good: boolean, telling: Telling): string => (good ? yes(telling) : no(telling));

function clauseLine({ clause, seen, matched }: ClauseStep, telling: Telling): string {
  const { attribute, operator, values = [], negate } = clause;
  const subject = attribute === undefined ? '' : `${safe(attribute)} `;
  const of = values.length === 0 ? '' : ` ${shown(values)}`;
  const saw = attribute === undefined ? '' : `; saw ${seenText(seen)}`;
  return `${mark(matched, telling)} ${subject}${negate === true ? 'not ' : ''}${safe(operator)}${of}${saw}`;
}

function bucketLines(
  step: BucketStep | undefined,
  { style, signs }: Telling,
  none = 'the next rule',
): readonly string[] {
  if (step === undefined || step === null) return [];
  const { attribute, value, bucket, total, ranges } = step;
  if (ranges.length === 0) {
    return [style.yellow('no bucket: the weights are no whole numbers that add up to something')];
  }
  if (value === undefined || bucket === undefined) {
    // of JSON Logic a number is none, either
    const what = 'path' in step ? 'text' : 'text and no number';
    const where = safe(attribute === 'key' ? 'targetingKey' : attribute);
    return [style.yellow(`no bucket: the context has no ${what} in ${where}`)];
  }
  const range = ({ from, to, variant }: BucketStep['ranges'][number]): string =>
    `${grouped(from)}${signs.to}${grouped(to - 1)} ${signs.arrow} ${variant === undefined ? none : safe(variant)}`;
  const own = ranges.find(({ from, to }) => bucket >= from && bucket < to);
  const others = ranges.filter((one) => one !== own).map(range);
  return [
    `bucket ${grouped(bucket)} of ${grouped(total)}${own === undefined ? '' : ` in ${range(own)}`}, by ${safe(attribute)} ${shown(value)}`,
    ...(others.length === 0 ? [] : [style.dim(`others: ${others.join(', ')}`)]),
  ];
}

/** `41,237`. */
const grouped = (count: number): string => String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');

const seenText = (value: unknown): string => (value === undefined || value === null ? 'nothing' : shown(value));

const LONGEST = 200;

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return safe(text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);
}
