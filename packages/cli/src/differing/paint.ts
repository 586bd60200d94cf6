import { safeLines } from '../output/safe.ts';
import type { Style } from '../output/style.ts';

/** A unified diff as a terminal shows it: what is removed in red, what is added in green. */
export function paintedDiff(style: Style, diff: string): string {
  return safeLines(diff)
    .split('\n')
    .map((line) => {
      if (line.startsWith('--- ') || line.startsWith('+++ ')) return style.bold(line);
      if (line.startsWith('@@ ')) return style.cyan(line);
      if (line.startsWith('-')) return style.red(line);
      return line.startsWith('+') ? style.green(line) : line;
    })
    .join('\n');
}
