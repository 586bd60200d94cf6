import { compileShape, type Issue, type Shape } from '@flagwright/core';
import { Problem } from '../http/problem.ts';
import { DEFINITIONS } from './definitions.ts';

const shapes = compileShape({ definitions: DEFINITIONS });
const known = new Map<string, Shape>();

/**
 * A spec that has the shape of its kind. Throws `Problem('INVALID_SPEC')` with all that is wrong, each with its path, which
 * begins with `spec`. What is only doubtful is found where flags are checked.
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
  const [first] = issues;
  if (first === undefined) return spec as Spec;
  const expected = first.expected === undefined ? '' : `; expected ${first.expected}`;
  throw new Problem('INVALID_SPEC', `${first.message}${expected}`, { issues, hint: first.hint });
}
