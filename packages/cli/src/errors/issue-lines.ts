import { formatPath, type Issue } from '@flagwright/core';

/** More are not told. */
const MOST = 20;

/** Issues that a server has found, a line each, with where they stand if that is known. */
export function issueLines(issues: readonly Issue[]): readonly string[] {
  const lines = issues.slice(0, MOST).map(({ path, message, expected, hint, place }) => {
    const where = place === undefined ? '' : `${place.file ?? ''}:${place.line}:${place.column}: `;
    const wanted = expected === undefined ? '' : `; expected ${expected}`;
    const todo = hint === undefined ? '' : `. Hint: ${hint}`;
    return `${where}${formatPath(path)}: ${message}${wanted}${todo}`;
  });
  const rest = issues.length - lines.length;
  return rest > 0 ? [...lines, `and ${rest} more`] : lines;
}
