/** Eighths of a column. */
const PARTS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar for a share, from 0 to 1, of a width in columns; plain: of `#` alone. What is more than nothing is seen. */
export function barOf(share: number, width: number, plain: boolean): string {
  if (!(share > 0)) return '';
  if (plain) return '#'.repeat(Math.max(1, Math.round(share * width)));
  const eighths = Math.max(1, Math.round(share * width * 8));
  return '█'.repeat(Math.floor(eighths / 8)) + PARTS[eighths % 8];
}
