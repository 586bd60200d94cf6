import { safe } from '../output/safe.ts';

/** A whole number, with commas. */
export const whole = (count: number): string => count.toLocaleString('en');

/** A share in percent, with one digit; what is more than nothing and less than that, as such. */
export function percent(count: number, total: number): string {
  if (total === 0) return '–';
  const share = (count / total) * 100;
  if (count > 0 && share < 0.05) return '< 0.1 %';
  if (count < total && share > 99.95) return '> 99.9 %';
  return `${share.toFixed(1)} %`;
}

/** How many characters a name may take. */
const MOST = 32;

/** A name as it is shown: safe on a terminal, and not too long. */
export function shortened(name: string): string {
  const characters = [...safe(name).replaceAll('\t', ' ')];
  return characters.length <= MOST ? characters.join('') : `${characters.slice(0, MOST - 1).join('')}…`;
}

export const widthOf = (text: string): number => [...text].length;

export const left = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)));

export const right = (text: string, width: number): string => ' '.repeat(Math.max(0, width - widthOf(text))) + text;

/** Rows in columns, the first to the left and the others to the right, with two spaces between. */
export function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => widthOf(row[i] ?? ''))));
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? left(cell, widths[i]!) : right(cell, widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
}
