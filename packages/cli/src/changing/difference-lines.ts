import { formatPath, preview } from '@flagwright/core';
import type { Difference } from '@flagwright/server/client';
import { oneLine } from '../output/one-line.ts';

/** More are not shown. */
const MOST = 20;

/** Differences as lines: `spec.enabled: true → false`. What was not there, or is not any more, is `nothing`. */
export function differenceLines(differences: readonly Difference[]): readonly string[] {
  const lines = differences.slice(0, MOST).map(({ op, path, from, to }) => {
    const was = op === 'add' ? 'nothing' : preview(from);
    const is = op === 'remove' ? 'nothing' : preview(to);
    return oneLine(`${formatPath(stepsOf(path))}: ${was} → ${is}`);
  });
  const rest = differences.length - lines.length;
  return rest > 0 ? [...lines, `and ${rest} more`] : lines;
}

/** The steps of a JSON pointer (RFC 6901); numbers are positions of a list. */
function stepsOf(pointer: string): readonly (string | number)[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((step) => (/^(?:0|[1-9]\d{0,8})$/.test(step) ? Number(step) : step));
}
