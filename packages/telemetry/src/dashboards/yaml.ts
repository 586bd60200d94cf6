/** What `yamlText` writes: lists, and objects of which the names are plain words. */
export type Yaml = string | number | readonly Yaml[] | { readonly [name: string]: Yaml };

/** Words that are text and need no quotes; what YAML takes for something else (`no`, `null`, `1e3`) is not among them. */
const WORD = /^(?!(?:y|yes|n|no|on|off|true|false|null)$)[a-z_]\w*$/i;
/** A span of Prometheus. */
const SPAN = /^\d+(?:ms|s|m|h)$/;

/** YAML, for what generated files need. A text of several lines stands as such; of others, all but plain words are quoted. */
export function yamlText(value: Yaml): string {
  return `${lines(value).join('\n')}\n`;
}

function lines(value: Yaml): readonly string[] {
  if (isList(value)) {
    return value.flatMap((item) => lines(item).map((line, index) => (index === 0 ? `- ${line}` : indented(line))));
  }
  if (typeof value !== 'object') return [scalar(value)];
  return Object.entries(value).flatMap(([name, member]) => {
    if (typeof member === 'object') {
      const empty = Object.keys(member).length === 0;
      return empty ? [`${name}: ${isList(member) ? '[]' : '{}'}`] : [`${name}:`, ...lines(member).map(indented)];
    }
    if (typeof member === 'string' && isBlock(member)) return [`${name}: |-`, ...member.split('\n').map(indented)];
    return [`${name}: ${scalar(member)}`];
  });
}

function isList(value: Yaml): value is readonly Yaml[] {
  return Array.isArray(value);
}

const indented = (line: string): string => (line === '' ? '' : `  ${line}`);

/** Whether a text can stand in lines of its own: the first tells the indentation, and the end is kept. */
function isBlock(text: string): boolean {
  return /^\S[^\r]*\n[^\r]*\S$/.test(text) && !CONTROL.test(text);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must be quoted
const CONTROL = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]/;

function scalar(value: string | number): string {
  if (typeof value === 'number') return String(value);
  if (WORD.test(value) || SPAN.test(value)) return value;
  // a JSON text is a YAML text; between apostrophes nothing else has a meaning
  return PLAIN_QUOTES.test(value) ? `'${value}'` : JSON.stringify(value);
}

/** Text with quotes and without apostrophes, in characters that anything shows. */
const PLAIN_QUOTES = /^(?=[^"]*")[ -&(-~]*$/;
