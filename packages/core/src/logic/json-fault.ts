type Wanted = 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'comma-or-end';

const SPACE = /[ \t\n\r]*/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

function skip(text: string, offset: number, pattern: RegExp): number {
  pattern.lastIndex = offset;
  return pattern.test(text) ? pattern.lastIndex : offset;
}

/** The end of the string that opens at `offset`, after its quote; negative, −1 − the place, if there is a fault in it. */
function stringEnd(text: string, offset: number): number {
  let i = offset + 1;
  while (i < text.length) {
    const char = text[i]!;
    if (char === '"') return i + 1;
    const next = char === '\\' ? skip(text, i, ESCAPE) : i + 1;
    if (next === i || char < ' ') break;
    i = next;
  }
  return -1 - i;
}

function scalarEnd(text: string, offset: number): number {
  if (text[offset] === '"') return stringEnd(text, offset);
  const end = skip(text, offset, SCALAR);
  return end === offset ? -1 - offset : end;
}

/** The end of a property name and its colon, like `stringEnd`. */
function keyEnd(text: string, offset: number): number {
  if (text[offset] !== '"') return -1 - offset;
  const end = stringEnd(text, offset);
  if (end < 0) return end;
  const colon = skip(text, end, SPACE);
  return text[colon] === ':' ? colon + 1 : -1 - colon;
}

/** Where a text stops being JSON: an offset into it. Iterative, so that depth does not matter. */
export function faultOffset(text: string): number {
  const open: string[] = [];
  let offset = 0;
  let wanted: Wanted = 'value';
  for (;;) {
    offset = skip(text, offset, SPACE);
    const char = text[offset];
    if (char === undefined) return text.length;
    const closes = (char === ']' && wanted === 'value-or-end') || (char === '}' && wanted === 'key-or-end');
    if (wanted === 'comma-or-end' || closes) {
      const top = open.at(-1);
      if (top === undefined) return offset;
      if (char === ',') wanted = top === '[' ? 'value' : 'key';
      else if (char === (top === '[' ? ']' : '}')) {
        open.pop();
        wanted = 'comma-or-end';
      } else return offset;
      offset += 1;
    } else if (wanted === 'key' || wanted === 'key-or-end') {
      const end = keyEnd(text, offset);
      if (end < 0) return -1 - end;
      offset = end;
      wanted = 'value';
    } else if (char === '[' || char === '{') {
      open.push(char);
      wanted = char === '[' ? 'value-or-end' : 'key-or-end';
      offset += 1;
    } else {
      const end = scalarEnd(text, offset);
      if (end < 0) return -1 - end;
      offset = end;
      wanted = 'comma-or-end';
    }
  }
}
