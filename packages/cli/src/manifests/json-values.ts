/** A document within a text. */
export interface TextPart {
  readonly text: string;
  /** How many lines of the file are before it. */
  readonly line: number;
}

/**
 * The values of JSON that stand one after another in a text, as `jq -c` writes them: maps and lists, the last of them as it
 * is, whole or not. Undefined if it is one value, or no JSON. Each keeps its lines and columns.
 */
export function jsonValues(text: string): readonly TextPart[] | undefined {
  // JSON has a comma there, but within texts
  if (!/^\s*[{[]/.test(text) || !/[}\]]\s*[{[]/.test(text)) return undefined;
  const parts: TextPart[] = [];
  const lines = lineCounter(text);
  for (let from = 0; from < text.length; ) {
    let start = from;
    while (start < text.length && /\s/.test(text[start]!)) start++;
    if (start === text.length) break;
    const end = '{['.includes(text[start]!) ? endOf(text, start) : text.length;
    const { line, column } = lines(start);
    const value = text.slice(start, end);
    if (parts.length === 0 && !isJson(value)) return undefined;
    parts.push({ text: `${' '.repeat(column)}${value}`, line });
    from = end;
  }
  return parts.length > 1 ? parts : undefined;
}

/** Where a map or a list ends; the end of the text if it does not. */
function endOf(text: string, start: number): number {
  let depth = 0;
  let inText = false;
  for (let at = start; at < text.length; at++) {
    const character = text[at]!;
    if (inText) {
      if (character === '\\') at++;
      else if (character === '"') inText = false;
    } else if (character === '"') inText = true;
    else if (character === '{' || character === '[') depth++;
    else if ((character === '}' || character === ']') && --depth === 0) return at + 1;
  }
  return text.length;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** How many lines are before a place, and how many characters of its line; the places are asked for in their order. */
function lineCounter(text: string): (at: number) => { readonly line: number; readonly column: number } {
  let line = 0;
  let from = 0;
  return (at) => {
    for (let next = text.indexOf('\n', from); next >= 0 && next < at; next = text.indexOf('\n', from)) {
      line++;
      from = next + 1;
    }
    return { line, column: at - from };
  };
}
