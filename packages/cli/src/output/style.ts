import type { Call } from '../grammar/call.ts';

/** Words in colours; without colours, the words. */
export interface Style {
  readonly coloured: boolean;
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  blue(text: string): string;
  cyan(text: string): string;
}

/**
 * The colours of a command: on a terminal only, unless `FORCE_COLOR` is there (https://force-color.org); none with
 * `FORCE_COLOR=0`, `--plain`, `NO_COLOR` (https://no-color.org) or on a terminal that is dumb.
 */
export function styleOf({ world, has }: Pick<Call, 'world' | 'has'>, stream: 'out' | 'err' = 'out'): Style {
  const { NO_COLOR, FORCE_COLOR, TERM } = world.env;
  const set = (variable: string | undefined): boolean => variable !== undefined && variable !== '';
  // as Node.js has it
  const never = FORCE_COLOR === '0' || FORCE_COLOR === 'false';
  const forced = set(FORCE_COLOR) && !never;
  const coloured = !has('plain') && !set(NO_COLOR) && !never && (forced || (world.terminal[stream] && TERM !== 'dumb'));
  const in_ =
    (code: number, end = 39) =>
    (text: string) =>
      coloured ? `\u001b[${code}m${text}\u001b[${end}m` : text;
  return {
    coloured,
    bold: in_(1, 22),
    dim: in_(2, 22),
    red: in_(31),
    green: in_(32),
    yellow: in_(33),
    blue: in_(34),
    cyan: in_(36),
  };
}
