import type { EvaluationContext, Scope } from './scope.ts';

/** Whether a context is in a segment of the snapshot being evaluated; nobody is in one that is not there. */
export function isInSegment(name: string, context: EvaluationContext, scope: Scope): boolean {
  const { memo } = scope;
  if (memo === undefined) return scope.segments.get(name)?.(context, scope) === true;
  let found = memo.segments.get(name);
  if (found === undefined) {
    found = scope.segments.get(name)?.(context, scope) === true;
    memo.segments.set(name, found);
  }
  return found;
}
