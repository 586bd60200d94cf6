import { compileShape, type Issue, type Shape } from '@flagwright/core';
import { Problem } from '../http/problem.ts';
import { DEFINITIONS } from './definitions.ts';
import type { FeatureFlagStageSpec } from './resources.generated.ts';

const shapes = compileShape({ definitions: DEFINITIONS });
const known = new Map<string, Shape>();

/** No spec is larger, in bytes of JSON: all of it is checked, compared and sent again and again. */
const MOST_BYTES = 512 * 1_024;

/** As many values the rules and targets of one spec may compare with, in total; and as many clauses its rules may have. */
const MOST_VALUES = 50_000;
const MOST_CLAUSES = 10_000;

/** Regular expressions and ranges of versions take long to prepare: by hundreds of characters, so many may be in one spec. */
const MOST_PATTERNS = 1_000;
const PATTERNS: ReadonlySet<string> = new Set(['matches', 'semver']);

/**
 * A spec that has the shape of its kind, and is of a size that can be handled. Throws `Problem('INVALID_SPEC')` with all
 * that is wrong, each with its path, which begins with `spec`. What is only doubtful is found where flags are checked.
 */
export function checkSpec<Spec>(kind: string, spec: unknown): Spec {
  let shape = known.get(kind);
  if (shape === undefined) {
    shape = shapes.named(`${kind}Spec`);
    known.set(kind, shape);
  }
  const issues: Issue[] = [];
  shape(spec, ['spec'], (issue) => {
    if (issue.severity === 'error') issues.push(issue);
  });
  // what has not its shape is not counted
  if (issues.length === 0) issues.push(...tooLarge(spec));
  const [first] = issues;
  if (first === undefined) return spec as Spec;
  const expected = first.expected === undefined ? '' : `; expected ${first.expected}`;
  throw new Problem('INVALID_SPEC', `${first.message}${expected}`, { issues, hint: first.hint });
}

function* tooLarge(spec: unknown): Iterable<Issue> {
  const issue = (path: string, what: string, most: number): Issue => ({
    severity: 'error',
    code: 'too-large',
    path: path === '' ? ['spec'] : ['spec', path],
    message: what,
    expected: `at most ${most}`,
    hint: 'divide it: segments by an attribute of the context, long lists by a flag of their own',
  });
  const bytes = Buffer.byteLength(JSON.stringify(spec) ?? '');
  if (bytes > MOST_BYTES) yield issue('', `the spec has ${bytes} bytes`, MOST_BYTES);
  // of the shape of a spec, as was checked; a kind without rules has none
  const { rules, targets } = spec as Pick<FeatureFlagStageSpec, 'rules' | 'targets'>;
  let clauses = 0;
  let values = 0;
  let patterns = 0;
  for (const rule of rules ?? []) {
    clauses += rule.clauses?.length ?? 0;
    for (const clause of rule.clauses ?? []) {
      values += clause.values?.length ?? 0;
      if (!PATTERNS.has(clause.operator)) continue;
      for (const value of clause.values ?? []) patterns += Math.ceil(String(value).length / 100);
    }
  }
  if (clauses > MOST_CLAUSES) yield issue('rules', `the rules have ${clauses} clauses`, MOST_CLAUSES);
  if (values > MOST_VALUES) yield issue('rules', `the rules have ${values} values`, MOST_VALUES);
  if (patterns > MOST_PATTERNS) {
    yield issue('rules', `the rules have ${patterns} patterns of \`matches\` and \`semver\``, MOST_PATTERNS);
  }
  const keys = (targets ?? []).reduce((sum, target) => sum + target.values.length, 0);
  if (keys > MOST_VALUES) yield issue('targets', `the targets have ${keys} values`, MOST_VALUES);
}
