import { targetingKey } from './attribute.ts';
import { allHold, compileClauses } from './clause.ts';
import type { SegmentDefinition } from './document.generated.ts';
import type { Test } from './scope.ts';

/** Who is in a segment: those included by key, and, unless excluded by key, those who match one of the rules. */
export function compileSegment(segment: SegmentDefinition): Test {
  const included = new Set<unknown>(segment.included);
  const excluded = new Set<unknown>(segment.excluded);
  const rules = (segment.rules ?? []).map((rule) => compileClauses(rule.clauses));
  return (context, scope) => {
    const key = targetingKey(context);
    if (included.has(key)) return true;
    if (excluded.has(key)) return false;
    for (const rule of rules) if (allHold(rule, context, scope)) return true;
    return false;
  };
}
