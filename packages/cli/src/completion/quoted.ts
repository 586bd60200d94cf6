/** A word of a shell without its quotes and backslashes, as far as it is typed: the last quote may be open. */
export function unquoted(word: string): string {
  let text = '';
  let quote = '';
  for (let i = 0; i < word.length; i++) {
    const character = word[i]!;
    const next = word[i + 1];
    if (character === quote) quote = '';
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
    else if (character === '\\' && quote !== "'" && next !== undefined && (quote === '' || '$`"\\'.includes(next))) {
      text += next;
      i++;
    } else text += character;
  }
  return text;
}
