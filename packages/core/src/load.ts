import type { FlagDefinition } from './document.generated.ts';
import type { Entries } from './entries.ts';
import type { Metadata } from './evaluation.ts';
import { CompiledFlag, modelOf, type Override, readOverride } from './flag.ts';
import type { Issue, Report, Reported } from './issue.ts';
import { preview } from './issue.ts';
import type { Words } from './snapshot.ts';
import { readMetadata } from './validate/document.ts';
import { checkFlag } from './validate/flag.ts';

/** What a flag is loaded from. */
export interface Loading {
  readonly sources: Entries<unknown>;
  readonly words: Words;
  /** Metadata of the set. */
  readonly metadata: Metadata;
  readonly locate: (issue: Reported) => Issue;
}

/**
 * Checks one flag and makes it ready; undefined if it is neither defined nor overridden. A definition that cannot be
 * used leaves the flag with the previous one's.
 */
export function loadFlag(
  key: string,
  { sources, words, metadata, locate }: Loading,
  previous: CompiledFlag | undefined,
): CompiledFlag | undefined {
  const source = sources.get(key);
  const overriding = words.overrides.has(key);
  if (source === undefined && !overriding) return undefined;
  const collected: Collected = { issues: [], more: 0, failed: false };
  const report: Report = (issue) => collect(collected, issue, locate);
  let definition: FlagDefinition | undefined;
  let facts = source === undefined ? undefined : checkFlag(key, source, words.vocabulary, report);
  let { vocabulary } = words;
  if (facts !== undefined) {
    definition = source as FlagDefinition;
  } else if (source !== undefined && previous?.definition !== undefined) {
    // as it was, with the shared evaluators it had
    ({ definition, facts, vocabulary } = previous);
  }
  const lastGood = definition !== undefined && collected.failed;
  const override = overriding ? checkOverride(key, definition, words.overrides.get(key), report) : undefined;
  return new CompiledFlag({
    key,
    source,
    definition,
    facts,
    override,
    lastGood,
    metadata: flagMetadata(definition ?? source, lastGood, metadata),
    vocabulary,
    issues: told(key, collected, locate),
  });
}

const NONE: readonly Issue[] = [];

/** As many issues of one flag are told: there may be one for each of many rules, and nobody reads so many. */
const MOST_ISSUES = 1_000;

interface Collected {
  readonly issues: Issue[];
  /** How many there were beyond these. */
  more: number;
  /** Whether any was an error, told or not. */
  failed: boolean;
}

function collect(collected: Collected, issue: Reported, locate: Loading['locate']): void {
  collected.failed ||= issue.severity === 'error';
  if (collected.issues.length < MOST_ISSUES) collected.issues.push(locate(issue));
  else collected.more++;
}

/** All that is told, in the end: of what is not told one by one, how much it is. */
function told(key: string, { issues, more, failed }: Collected, locate: Loading['locate']): readonly Issue[] {
  if (more === 0) return issues.length === 0 ? NONE : issues;
  const severity = failed ? 'error' : 'warning';
  const message = `there are ${more} more issues of this flag than the ${MOST_ISSUES} told`;
  return [...issues, locate({ severity, code: 'more-issues', path: ['flags', key], message })];
}

/** The set's metadata, the flag's own over it, and a mark if the flag serves as it was when it was last good. */
export function flagMetadata(definition: unknown, lastGood: boolean, metadata: Metadata): Metadata {
  const own = (definition as { readonly metadata?: unknown } | null | undefined)?.metadata;
  if (own === undefined && !lastGood) return metadata;
  return { ...metadata, ...readMetadata(own), ...(lastGood ? { lastGood } : undefined) };
}

function checkOverride(
  key: string,
  definition: FlagDefinition | undefined,
  value: unknown,
  report: Report,
): Override | undefined {
  if (definition === undefined) return checkUnknownOverride(key, value, report);
  if (readOverride(modelOf(definition), value) !== undefined) return { value };
  report({
    severity: 'error',
    code: 'wrong-type',
    path: ['overrides', key],
    message: `${preview(value)} is neither a value of the flag's type nor one of its variants`,
    hint: 'the override is ignored',
  });
  return undefined;
}

/** Whether a flag's answers may differ when these words changed. */
export function dependsOn(flag: CompiledFlag, changed: ReadonlySet<string>): boolean {
  if (changed.has('attributes') || changed.has(`override:${flag.key}`)) return true;
  // of a flag that could not be checked nothing is known
  if (flag.facts === undefined || flag.lastGood) return true;
  for (const use of flag.facts.uses) if (changed.has(use)) return true;
  return false;
}

/** An override of a flag that is not there is allowed, for a flag to come; a variant of it means nothing. */
function checkUnknownOverride(key: string, value: unknown, report: Report): Override | undefined {
  const named = typeof value === 'object' && value !== null && Object.keys(value).join() === 'variant';
  report({
    severity: named ? 'error' : 'warning',
    code: 'unknown-flag',
    path: ['overrides', key],
    message: `there is no usable flag ${preview(key)}`,
    ...(named
      ? { expected: 'a value: there are no variants to choose from' }
      : { hint: 'is the key spelt as the flag is?' }),
  });
  return named ? undefined : { value };
}
