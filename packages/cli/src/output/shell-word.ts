import { safe } from './safe.ts';

/**
 * A word as a shell takes it, for command lines that are shown to be run: in quotes where it needs them. Hints stand in
 * single quotes themselves, so these are the last resort. What a line cannot show, as line breaks, is written out for
 * printf; those at the very end are lost then.
 */
export function shellWord(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  if (safe(text) !== text) return `"$(printf '${[...text].map(printed).join('')}')"`;
  // within double quotes a shell looks for these
  if (!/[$`"\\!]/.test(text)) return `"${text}"`;
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** A character in the format of printf, in single quotes. */
function printed(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\\') return '\\\\';
  if (character === '%') return '%%';
  if (character === "'") return "'\\''";
  // a shell that is typed at takes it for a word of its history
  if (character !== '!' && safe(character) === character) return character;
  return [...new TextEncoder().encode(character)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}
