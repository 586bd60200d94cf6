interface Token {
  readonly kind: 'word' | 'text' | 'mark';
  readonly value: string;
  readonly line: number;
}

/** One mention of another module. `dynamic` is `import(…)` or `require(…)`; `typeOnly` disappears when compiled. */
export interface Import {
  readonly specifier: string;
  readonly line: number;
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
}

const PIECE =
  /(?<skip>\s+|\/\/.*|\/\*[\s\S]*?\*\/)|(?<word>[\p{ID_Start}$_#@][\p{ID_Continue}$]*)|(?<number>\d[\w.]*)|(?<quoted>'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*")|(?<mark>[\s\S])/uy;
const REGEX = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const TEMPLATE = /((?:[^`\\$]|\\[\s\S]|\$(?!\{))*)(`|\$\{)/y;
const BEFORE_REGEX = new Set(['return', 'typeof', 'case', 'in', 'of', 'void', 'yield', 'await', 'else', 'do', 'new']);

/** TypeScript text as words, strings and marks, without comments, numbers and regular expressions. */
function tokenize(source: string): readonly Token[] {
  const tokens: Token[] = [];
  const holes: number[] = []; // for each `${…}` being read: how many braces are open in it
  let at = 0;
  let line = 1;
  let operandBefore = false; // after an operand a slash divides; elsewhere it starts a regular expression

  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(source);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  const template = (whole: boolean): void => {
    const match = take(TEMPLATE);
    if (match === null) return;
    const [piece, text = '', end] = match;
    if (end === '${') holes.push(0);
    else if (whole) tokens.push({ kind: 'text', value: text, line });
    line += newlines(piece);
    operandBefore = end === '`';
  };

  while (at < source.length) {
    if (!operandBefore && source[at] === '/' && source[at + 1] !== '/' && source[at + 1] !== '*' && take(REGEX)) {
      operandBefore = true;
      continue;
    }
    const match = take(PIECE);
    if (match === null) break;
    const { word, quoted, number, mark } = match.groups as Record<string, string | undefined>;
    if (word !== undefined) {
      tokens.push({ kind: 'word', value: word, line });
      operandBefore = !BEFORE_REGEX.has(word);
    } else if (quoted !== undefined) {
      tokens.push({ kind: 'text', value: quoted.slice(1, -1), line });
      operandBefore = true;
    } else if (number !== undefined) operandBefore = true;
    else if (mark === '`') template(true);
    else if (mark === '}' && holes.at(-1) === 0) {
      holes.pop();
      template(false);
    } else if (mark !== undefined) {
      const depth = holes.length - 1;
      if (depth >= 0 && mark === '{') holes[depth]! += 1;
      if (depth >= 0 && mark === '}') holes[depth]! -= 1;
      tokens.push({ kind: 'mark', value: mark, line });
      operandBefore = mark === ')' || mark === ']' || mark === '}';
    }
    if (mark === undefined) line += newlines(match[0]);
  }
  return tokens;
}

function newlines(text: string): number {
  return text.split('\n').length - 1;
}

/** Every module a file names: `import`, `export … from`, `import(…)`, `import('…').Type`, `require(…)`. */
export function importsOf(source: string): readonly Import[] {
  const tokens = tokenize(source);
  const found: Import[] = [];
  for (const [at, token] of tokens.entries()) {
    if (token.kind !== 'word' || tokens[at - 1]?.value === '.') continue;
    const { line } = token;
    const next = tokens[at + 1];
    const afterNext = tokens[at + 2];
    if (token.value === 'import' || token.value === 'require') {
      if (next?.value === '(' && next.kind === 'mark' && afterNext?.kind === 'text') {
        found.push({ specifier: afterNext.value, line, typeOnly: false, dynamic: true });
      }
      if (token.value === 'import' && next?.kind === 'text') {
        found.push({ specifier: next.value, line, typeOnly: false, dynamic: false });
      }
    }
    if (token.value === 'import' || token.value === 'export') {
      const specifier = fromClause(tokens, at + 1, token.value);
      const typeOnly = next?.value === 'type' && afterNext?.value !== 'from' && afterNext?.value !== ',';
      if (specifier !== undefined) found.push({ specifier, line, typeOnly, dynamic: false });
    }
  }
  return found;
}

/** The specifier of `import a, { b as c } from '…'` or `export * from '…'`, if that is what starts here. */
function fromClause(tokens: readonly Token[], start: number, keyword: 'import' | 'export'): string | undefined {
  const first = tokens[start]?.value === 'type' ? tokens[start + 1] : tokens[start];
  if (keyword === 'export' && first?.value !== '{' && first?.value !== '*') return undefined;
  let open = false;
  for (let at = start; at < tokens.length; at += 1) {
    const token = tokens[at]!;
    const next = tokens[at + 1];
    if (token.value === 'from' && !open && next?.kind === 'text') return next.value;
    if (token.kind === 'text') return undefined;
    if (token.kind === 'mark' && !'{},*'.includes(token.value)) return undefined;
    if (token.value === '{') open = true;
    if (token.value === '}') open = false;
  }
  return undefined;
}

/** Lines that make code out of text: `eval(…)`, `new Function(…)`, `Function(…)`. A Redis client's `.eval(…)` is not one. */
export function codeFromText(source: string): readonly number[] {
  const tokens = tokenize(source);
  const lines: number[] = [];
  for (const [at, token] of tokens.entries()) {
    if (token.kind !== 'word' || (token.value !== 'eval' && token.value !== 'Function')) continue;
    const before = tokens[at - 1];
    const member = before?.value === '.' && tokens[at - 2]?.value !== 'globalThis';
    const called = tokens[at + 1]?.value === '(' && tokens[at + 1]?.kind === 'mark';
    if ((called && !member) || (token.value === 'Function' && before?.value === 'new')) lines.push(token.line);
  }
  return lines;
}
