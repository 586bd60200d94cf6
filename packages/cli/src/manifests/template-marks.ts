/** A name that can be set: letters, digits, `_` and `-`, with dots between. */
export const NAME: RegExp = /^[A-Za-z_](?:[\w-]*\w)?(?:\.[A-Za-z_](?:[\w-]*\w)?)*$/;

/** What stands in a text between `{{` and `}}`. */
export interface Mark {
  /** Something else is what other templates have, and these have not. */
  readonly kind: 'placeholder' | 'other';
  /** Undefined for a text in quotes that stands for itself, as `{{ "{{" }}`. */
  readonly name: string | undefined;
  /** What it is if nothing is set. */
  readonly otherwise: string | undefined;
  /** As it stands there. */
  readonly text: string;
  /** Where it stands in the text that is filled in. */
  readonly start: number;
  readonly end: number;
  /** Where it stands in the text as it was read. */
  readonly origin: number;
}

const BLANKS = '[ \\t]{0,40}';
const TEXT = '"(?:[^"\\\\\\n]|\\\\.)*"|\\\\"[^"\\\\\\n]*\\\\"|\'[^\'\\n]*\'|`[^`\\n]*`';
const MARK = new RegExp(
  [
    `\\{\\{(?<left>-(?=[ \\t]))?${BLANKS}`,
    '(?:\\.(?<name>[A-Za-z_](?:[\\w-]*\\w)?(?:\\.[A-Za-z_](?:[\\w-]*\\w)?)*)',
    `(?:${BLANKS}\\|${BLANKS}default[ \\t]{1,40}(?<otherwise>${TEXT}|[\\w.+-]{1,200}))?`,
    `|(?<literal>${TEXT}))`,
    `${BLANKS}(?<right>(?<=[ \\t])-)?\\}\\}`,
    // what other templates have: `{{ if`, `{{ .name | upper`, `{{/*`
    `|(?<other>\\{\\{-?${BLANKS}(?:\\.(?<field>[A-Za-z_]\\w*)|[A-Za-z$(]\\w*|/\\*)[^}\\n]{0,40}(?:\\}\\})?)`,
  ].join(''),
  'g',
);

/** All marks of a text, and the text without the white space that `{{-` and `-}}` take away. */
export function marksOf(text: string): { readonly text: string; readonly marks: readonly Mark[] } {
  const marks: Mark[] = [];
  let trimmed = '';
  let from = 0;
  for (const { index, 0: found, groups = {} } of text.matchAll(MARK)) {
    // white space that the mark before has taken away may reach into nothing else
    trimmed += text.slice(from, index);
    if (groups.left !== undefined) trimmed = trimmed.trimEnd();
    const start = trimmed.length;
    trimmed += found;
    from = index + found.length;
    if (groups.right !== undefined) from += /^\s*/.exec(text.slice(from))![0].length;
    const { name, field, other, otherwise, literal } = groups;
    const word = otherwise ?? literal;
    marks.push({
      kind: other === undefined ? 'placeholder' : 'other',
      name: name ?? field,
      otherwise: word === undefined ? undefined : textOf(word),
      text: found,
      start,
      end: trimmed.length,
      origin: index,
    });
  }
  return { text: trimmed + text.slice(from), marks };
}

function textOf(word: string): string {
  if (word.startsWith('\\"')) return word.slice(2, -2);
  if (word.startsWith("'") || word.startsWith('`')) return word.slice(1, -1);
  if (!word.startsWith('"')) return word;
  try {
    return JSON.parse(word) as string;
  } catch {
    // a sequence that JSON has not stands for itself
    return word.slice(1, -1);
  }
}
