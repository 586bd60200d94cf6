import { CommandError, EXIT } from '../errors/command-error.ts';

/** The words of a command as a shell takes them apart: quotes and backslashes, nothing else. Throws `CommandError`. */
export function shellWords(text: string, where: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (quote !== undefined) {
      if (character === quote) quote = undefined;
      else if (character === '\\' && quote === '"' && '"\\$`'.includes(text[at + 1] ?? ' ')) word += text[++at]!;
      else word += character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (character === '\\' && at + 1 < text.length) word = (word ?? '') + text[++at]!;
    else word = (word ?? '') + character;
  }
  if (quote !== undefined) throw new CommandError(EXIT.failed, `${where} has a ${quote} that is not closed: ${text}`);
  return word === undefined ? words : [...words, word];
}
