/**
 * A word as a shell takes it, for command lines that are shown to be run: in quotes where it needs them. Hints stand in
 * single quotes themselves, so these are the last resort.
 */
export function shellWord(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  // within double quotes a shell looks for these
  if (!/[$`"\\!]/.test(text)) return `"${text}"`;
  return `'${text.replaceAll("'", "'\\''")}'`;
}
