import { formatPath, type Issue } from '@flagwright/core';

/** An issue in a line, after where it is: `flags.yaml:12:9: spec.type: …; expected …. Hint: …`. */
export function issueLine(issue: Issue, where: string | undefined = placeOf(issue)): string {
  const { path, message, expected, hint } = issue;
  return [
    where === undefined || where === '' ? '' : `${where}: `,
    path.length === 0 ? '' : `${formatPath(path)}: `,
    message,
    expected === undefined ? '' : `; expected ${expected}`,
    hint === undefined ? '' : `. Hint: ${hint}`,
  ].join('');
}

const placeOf = ({ place }: Issue): string | undefined =>
  place === undefined ? undefined : `${place.file ?? 'line'}:${place.line}:${place.column}`;
