import { type Evaluation, evaluate, jsonEqual, preview, type Snapshot } from '@flagwright/core';
import { nearest } from '../grammar/nearest.ts';
import type { Expectation, ShareExpectation } from './expectation.ts';
import type { TestCase } from './test-file.ts';
import { percent } from './written.ts';

/** What came of a test: why it failed, if it did, and all answers that were given. */
export interface Checked {
  readonly failure: string | undefined;
  /** What was served by which rule, for coverage. */
  readonly served: ReadonlySet<Evaluation>;
}

/** Runs a test. */
export function checked(snapshot: Snapshot, test: TestCase, now: number): Checked {
  const { expected } = test;
  return 'shares' in expected ? shareChecked(snapshot, test, expected, now) : oneChecked(snapshot, test, expected, now);
}

function oneChecked(snapshot: Snapshot, { flag, context, at }: TestCase, expected: Expectation, now: number): Checked {
  const evaluation = evaluate(snapshot, flag, undefined, context, at ?? now);
  const wrong = differences(evaluation, expected);
  const { errorCode, errorMessage } = evaluation;
  const failure =
    wrong.length === 0
      ? undefined
      : errorCode !== undefined && expected.error === undefined
        ? `expected ${wanted(expected)}, but there is no answer: ${errorMessage}${nearFlag(snapshot, flag, errorCode)}`
        : [...wrong, ...noVariant(snapshot, flag, expected.variant)].join('; ');
  return { failure, served: new Set([evaluation]) };
}

/** What differs: `expected variant "on", got "off"`. */
function differences(evaluation: Evaluation, expected: Expectation): readonly string[] {
  const { value, variant, reason, ruleId, errorCode, details } = evaluation;
  const wrong: string[] = [];
  const tell = (what: string, want: string, got: string): void =>
    void wrong.push(`expected ${what}${want}, got ${got}`);
  const served = answerText(evaluation);
  if (expected.variant !== undefined && !isVariant(evaluation, expected.variant)) {
    tell('variant ', preview(expected.variant), served);
  }
  if ('value' in expected && (value === undefined || !jsonEqual(value, expected.value))) {
    tell(
      'value ',
      preview(expected.value),
      variant === undefined ? served : `${preview(value)} (variant ${preview(variant)})`,
    );
  }
  if (expected.codeDefault === true && value !== undefined) tell('', 'the code default', served);
  if (expected.reason !== undefined && expected.reason !== reason && expected.reason !== details.reason) {
    tell('reason ', expected.reason, reason === details.reason ? reason : `${details.reason} (${reason})`);
  }
  if (expected.rule !== undefined && expected.rule !== ruleId) {
    tell('rule ', preview(expected.rule), ruleId === undefined ? 'none' : preview(ruleId));
  }
  if (expected.error !== undefined && expected.error !== errorCode) tell('error ', expected.error, errorCode ?? served);
  return wrong;
}

/** A value that is no variant is named by itself. */
const isVariant = ({ variant, value }: Evaluation, name: string): boolean =>
  variant === undefined ? value === name : variant === name;

function answerText({ variant, value }: Evaluation): string {
  if (value === undefined) return 'the code default';
  return variant === undefined ? `the value ${preview(value)}` : preview(variant);
}

function wanted(expected: Expectation): string {
  const parts = Object.entries(expected).map(([name, value]) =>
    name === 'codeDefault' ? 'the code default' : `${name} ${name === 'reason' ? value : preview(value)}`,
  );
  return parts.join(', ');
}

function nearFlag(snapshot: Snapshot, flag: string, errorCode: string): string {
  if (errorCode !== 'FLAG_NOT_FOUND') return '';
  const near = nearest(flag, [...snapshot.flags.keys()]);
  return near === undefined ? '' : `. Did you mean ${preview(near)}?`;
}

/** What is expected may not be there to be served. */
function noVariant(snapshot: Snapshot, flag: string, name: string | undefined): readonly string[] {
  const names = variantNames(snapshot, flag);
  if (name === undefined || names.length === 0 || names.includes(name)) return [];
  const near = nearest(name, names);
  const hint = near === undefined ? '' : `. Did you mean ${preview(near)}?`;
  return [`the flag has no variant ${preview(name)}, it has ${names.join(', ')}${hint}`];
}

/** The names of the variants of a flag, in their order. */
export function variantNames(snapshot: Snapshot, flag: string): readonly string[] {
  const definition = snapshot.flags.get(flag)?.definition;
  const variants = definition?.variants;
  if (variants === undefined) {
    const isBoolean = /^bool/.test(definition?.type ?? '') || typeof definition?.default === 'boolean';
    return isBoolean ? ['off', 'on'] : [];
  }
  return Array.isArray(variants) ? variants.map(({ name }) => String(name)) : Object.keys(variants);
}

function shareChecked(snapshot: Snapshot, test: TestCase, expected: ShareExpectation, now: number): Checked {
  const { contexts, vary, shares, within } = expected;
  const served = new Set<Evaluation>();
  const counts = new Map<string, number>();
  for (let i = 0; i < contexts; i++) {
    const context = { ...test.context, [vary]: `user-${i}` };
    const evaluation = evaluate(snapshot, test.flag, undefined, context, test.at ?? now);
    served.add(evaluation);
    const name = shareName(evaluation);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const { errorCode, errorMessage } = served.values().next().value!;
  // that a flag without answers does not serve something would hold for ever
  if (errorCode !== undefined && counts.get(errorCode) === contexts && !shares.has(errorCode)) {
    const why = `${errorMessage}${nearFlag(snapshot, test.flag, errorCode)}`;
    return { failure: `expected shares, but there is no answer: ${why}`, served };
  }
  const sum = [...shares.values()].reduce((all, one) => all + one, 0);
  // where all are accounted for, others are expected to get nothing
  const names = sum > 0.9999 ? new Set([...shares.keys(), ...counts.keys()]) : shares.keys();
  const wrong: string[] = [];
  for (const name of names) {
    const want = shares.get(name) ?? 0;
    const got = (counts.get(name) ?? 0) / contexts;
    if (Math.abs(got - want) > within + 1e-9) {
      wrong.push(`expected ${name} for ${percent(want)} ± ${percent(within)}, got ${percent(got)}`);
    }
    // nor does what is not there
    if (!counts.has(name) && !OTHERS.has(name)) wrong.push(...noVariant(snapshot, test.flag, name));
  }
  const all = [...counts].map(([name, count]) => `${name} ${percent(count / contexts)}`).join(', ');
  return { failure: wrong.length === 0 ? undefined : `${wrong.join('; ')} (of ${contexts} contexts: ${all})`, served };
}

const CODE_DEFAULT = '<code default>';

/** What can be served, and is no variant. */
const OTHERS: ReadonlySet<string> = new Set([CODE_DEFAULT, 'FLAG_NOT_FOUND', 'PARSE_ERROR', 'GENERAL']);

function shareName({ variant, value, errorCode }: Evaluation): string {
  if (errorCode !== undefined) return errorCode;
  if (value === undefined) return CODE_DEFAULT;
  return variant ?? (typeof value === 'string' ? value : preview(value));
}
