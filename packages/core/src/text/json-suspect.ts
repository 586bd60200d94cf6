/**
 * Whether a text that is JSON may have duplicate keys or be nested too deeply: then `scanJson` has a closer look. One
 * tight loop, for it runs over every JSON text that is read.
 */
export function isSuspect(text: string, maxDepth: number): boolean {
  // the keys of the open objects, by depth: a list while they are few
  const lists: string[][] = [];
  const sets: (Set<string> | undefined)[] = [];
  const { length } = text;
  let backslash = text.indexOf('\\');
  if (backslash === -1) backslash = length;
  let depth = 0;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      const start = i + 1;
      i = text.indexOf('"', start);
      let escaped = false;
      while (backslash < i) {
        // the character after a backslash is never the end
        if (backslash >= start) {
          escaped = true;
          if (backslash + 1 === i) i = text.indexOf('"', i + 1);
        }
        backslash = text.indexOf('\\', Math.max(backslash + 2, start));
        if (backslash === -1) backslash = length;
      }
      let next = i + 1;
      while (text.charCodeAt(next) <= SPACE) next++;
      if (text.charCodeAt(next) === COLON) {
        if (escaped) return true;
        const key = text.slice(start, i);
        const list = lists[depth]!;
        const set = sets[depth];
        if (set !== undefined) {
          if (set.size === set.add(key).size) return true;
        } else {
          if (list.includes(key)) return true;
          if (list.push(key) === MOST_LISTED) sets[depth] = new Set(list);
        }
        i = next;
      }
    } else if (code === OPEN_OBJECT) {
      if (++depth > maxDepth) return true;
      lists[depth] = [];
      sets[depth] = undefined;
    } else if (code === OPEN_ARRAY) {
      if (++depth > maxDepth) return true;
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      depth--;
    }
  }
  return false;
}

const MOST_LISTED = 12;
const SPACE = 32;
const QUOTE = 34;
const COLON = 58;
const OPEN_ARRAY = 91;
const CLOSE_ARRAY = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;
