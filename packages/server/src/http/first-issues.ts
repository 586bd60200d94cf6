import type { Issue, JsonSchema } from '@flagwright/core';

/** As many issues are told in one answer: nobody reads more, and there may be one for each of thousands of rules. */
const MOST = 200;

/** The schema of `moreIssues`. */
export const MORE_ISSUES: JsonSchema = {
  type: 'integer',
  description: `How many more there are: of very many only the first ${MOST} are told. Absent: none.`,
};

/** The issues that are told, and how many more there are. */
export function firstIssues(issues: readonly Issue[]): {
  readonly issues: readonly Issue[];
  readonly moreIssues: number | undefined;
} {
  const more = issues.length - MOST;
  return more > 0 ? { issues: issues.slice(0, MOST), moreIssues: more } : { issues, moreIssues: undefined };
}
