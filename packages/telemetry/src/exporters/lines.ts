import { FlagError } from '@flagwright/core';
import { toJson } from '../analytics/json.ts';

/** More characters than this are not made into one text. */
const MOST = 64 * 2 ** 20;

/** Items as JSON, one a line, each line with its end. Throws `FlagError('TOO_LARGE')` beyond 64 Mi characters. */
export function linesOf(items: readonly unknown[]): string {
  const lines: string[] = [];
  let length = 0;
  for (const item of items) {
    const line = toJson(item);
    length += line.length + 1;
    if (length > MOST) throw new FlagError('TOO_LARGE', `more than ${MOST} characters of JSON at once`);
    lines.push(line);
  }
  lines.push('');
  return lines.join('\n');
}
