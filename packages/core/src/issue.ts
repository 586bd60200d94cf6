/** Steps from the root of a document to a value: property names and list positions. */
export type Path = readonly (string | number)[];

/** Where a value stands in the text it came from. Lines and columns count from 1. */
export interface Place {
  readonly file?: string;
  readonly line: number;
  readonly column: number;
}

/**
 * Something wrong (`error`: the entry cannot be used as written) or doubtful (`warning`: it is used, and probably not
 * as meant) in a document.
 */
export interface Issue {
  readonly severity: 'error' | 'warning';
  /** A stable kebab-case word, e.g. `unknown-operator`. Test this, never `message`. */
  readonly code: string;
  readonly path: Path;
  /** What is wrong, with the value seen. */
  readonly message: string;
  /** What would have been right. */
  readonly expected?: string;
  /** What to do about it. */
  readonly hint?: string;
  readonly place?: Place;
}

/** An issue as it is told while a document is checked. */
export interface Reported extends Issue {
  /** Finds the name that was probably meant, for a hint that it then becomes. It is not asked for each of many issues. */
  readonly near?: () => string | undefined;
}

/** Receives issues while a document is checked. */
export type Report = (issue: Reported) => void;

/** A longer path is shown without its middle. */
const MAX_STEPS = 24;
/** A longer step is shown as a value is: shortened. */
const MAX_STEP = 200;
const PLAIN_STEP = /^(?:[A-Za-z_$][\w$-]*|…)$/;

/** A path as people read it: `flags.new-checkout.rules[0].variation`; names with other characters are quoted. */
export function formatPath(path: Path): string {
  let text = '';
  const shown = path.length > MAX_STEPS ? [...path.slice(0, MAX_STEPS - 5), '…', ...path.slice(-4)] : path;
  for (const step of shown) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (typeof step === 'string' && step.length <= MAX_STEP && PLAIN_STEP.test(step))
      text += text === '' ? step : `.${step}`;
    else text += `[${preview(step)}]`;
  }
  return text === '' ? '(document)' : text;
}

/** One line for people: `features.yaml:12:9 error flags.a.rules[0]: …; expected …. Hint: …`. */
export function formatIssue(issue: Issue): string {
  const { place } = issue;
  const where = place === undefined ? '' : `${place.file ?? ''}:${place.line}:${place.column} `.replace(/^:/, 'line ');
  const expected = issue.expected === undefined ? '' : `; expected ${issue.expected}`;
  const hint = issue.hint === undefined ? '' : `. Hint: ${issue.hint}`;
  return inLine(`${where}${issue.severity} ${formatPath(issue.path)}: ${issue.message}${expected}${hint}`);
}

/** A text in which names may stand as somebody wrote them, with its line breaks written out: it looks like no other line. */
export function inLine(text: string): string {
  return text.replace(/[\r\n]/g, (character) => JSON.stringify(character).slice(1, -1));
}

const PREVIEW = 60;

/** A value as shown in a message: JSON, at most 60 characters. */
export function preview(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'symbol') return 'a symbol';
  // JSON has no word for numbers that are none, or without end
  if (typeof value === 'number') return String(value);
  let text: string | undefined;
  try {
    text = typeof value === 'bigint' ? `${value}n` : JSON.stringify(value);
    text ??= Object.prototype.toString.call(value);
  } catch {
    // a cycle, something too deep, or a toJSON that throws
    text = `a ${typeof value}`;
  }
  return text.length > PREVIEW ? `${text.slice(0, PREVIEW - 1)}…` : text;
}

/** Names as an issue lists them: `one of a, b, c`; of many only the first. */
export function oneOf(names: Iterable<string>): string {
  const all = Array.isArray(names) ? (names as readonly string[]) : [...names];
  const shown = all.slice(0, 10);
  const rest = all.length - shown.length;
  return `one of ${shown.join(', ')}${rest === 0 ? '' : ` and ${rest} more`}`;
}

/** Among more candidates than this no suggestion is looked for further. */
const MOST_CANDIDATES = 200;

/** The candidate nearest to `word` by edit distance, if near enough to be a slip of the finger. */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  // any letter is one letter away from another
  let least = word.length < 2 ? 0 : Math.min(3, Math.ceil(word.length / 2));
  if (word.length > 100) return undefined;
  const small = word.toLowerCase();
  let looked = 0;
  for (const candidate of candidates) {
    if (looked++ === MOST_CANDIDATES) break;
    if (Math.abs(candidate.length - word.length) > least) continue;
    const distance = editDistance(small, candidate.toLowerCase(), least);
    if (distance < least || (distance === least && best === undefined)) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

/** Levenshtein distance of words whose lengths are not further apart than `most`; any number above it if it is more. */
function editDistance(a: string, b: string, most: number): number {
  const far = most + 1;
  let previous = new Uint8Array(b.length + 2).fill(far);
  let row = new Uint8Array(b.length + 2).fill(far);
  for (let j = 0; j <= Math.min(b.length, most); j++) previous[j] = j;
  for (let i = 1; i <= a.length; i++) {
    // whatever is further from the diagonal is more
    const from = Math.max(1, i - most);
    const to = Math.min(b.length, i + most);
    row[from - 1] = from === 1 ? Math.min(i, far) : far;
    let least = row[from - 1]!;
    for (let j = from; j <= to; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      const distance = Math.min(row[j - 1]! + 1, previous[j]! + 1, previous[j - 1]! + cost, far);
      row[j] = distance;
      if (distance < least) least = distance;
    }
    row[to + 1] = far;
    // no later row has less
    if (least > most) return least;
    [previous, row] = [row, previous];
  }
  return previous[b.length]!;
}
