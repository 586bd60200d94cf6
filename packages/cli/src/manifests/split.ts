import { jsonValues, type TextPart } from './json-values.ts';

/**
 * The documents of a YAML text. A line that begins with `---` or `...` ends one wherever it stands, in a block of text,
 * too (YAML 1.2, 9.1.2 and 9.1.4). JSON is one document, or, in files of JSON and in the standard input, several values one
 * after another.
 */
export function splitDocuments(text: string, file: string): readonly TextPart[] {
  const values = file === '<stdin>' || /\.(?:jsonl?|ndjson)$/i.test(file) ? jsonValues(text) : undefined;
  if (values !== undefined) return values;
  if (/\.json$/i.test(file) || !/^(?:---|\.\.\.)/m.test(text)) return [{ text, line: 0 }];
  const parts: TextPart[] = [];
  let lines: string[] = [];
  let from = 0;
  const end = (next: number): void => {
    // of a document that is only directives and comments nothing is left
    parts.push({ text: lines.map((line) => (line.startsWith('%') ? '' : line)).join('\n'), line: from });
    lines = [];
    from = next;
  };
  for (const [i, line] of text.split('\n').entries()) {
    if (!/^(?:---|\.\.\.)(?:\s|$)/.test(line)) {
      lines.push(line);
      continue;
    }
    end(i);
    // what stands after the mark is a part of the document
    lines.push(`   ${line.slice(3)}`);
  }
  end(0);
  return parts;
}
