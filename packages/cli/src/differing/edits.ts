/** A part of a text that another one has otherwise: from line `a` (from 0) so many are removed, and so many of `b` added. */
export interface LineEdit {
  readonly a: number;
  readonly b: number;
  readonly removed: number;
  readonly added: number;
}

/** Texts with more lines that differ are told as one change: to look for the least takes the square of it. */
const MOST = 1_000;

/**
 * The least changes of lines that make `b` of `a` (E. Myers, An O(ND) Difference Algorithm and Its Variations, 1986); what
 * differs in very many lines is one change from the first to the last of these.
 */
export function editsOf(a: readonly string[], b: readonly string[]): readonly LineEdit[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let [endA, endB] = [a.length, b.length];
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA--;
    endB--;
  }
  const [n, m] = [endA - start, endB - start];
  if (n === 0 && m === 0) return [];
  const whole: LineEdit = { a: start, b: start, removed: n, added: m };
  if (n === 0 || m === 0) return [whole];
  const numbers = new Map<string, number>();
  const numbered = (lines: readonly string[]): Int32Array =>
    Int32Array.from(lines, (line) => {
      const number = numbers.get(line) ?? numbers.size;
      numbers.set(line, number);
      return number;
    });
  const steps = stepsOf(numbered(a.slice(start, endA)), numbered(b.slice(start, endB)));
  return steps?.map((step) => ({ ...step, a: step.a + start, b: step.b + start })) ?? [whole];
}

function stepsOf(a: Int32Array, b: Int32Array): readonly LineEdit[] | undefined {
  const most = Math.min(MOST, a.length + b.length);
  const furthest = new Int32Array(2 * most + 3);
  const at = (k: number): number => k + most + 1;
  const trace: Int32Array[] = [];
  for (let d = 0; d <= most; d++) {
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && furthest[at(k - 1)]! < furthest[at(k + 1)]!);
      let x = down ? furthest[at(k + 1)]! : furthest[at(k - 1)]! + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      furthest[at(k)] = x;
      if (x >= a.length && x - k >= b.length) return backFrom(a.length, b.length, trace);
    }
    trace.push(furthest.slice(at(-d), at(d) + 1));
  }
  return undefined;
}

/** The way back from the ends, by how far each number of changes has come on each diagonal. */
function backFrom(endA: number, endB: number, trace: readonly Int32Array[]): readonly LineEdit[] {
  const edits: { a: number; b: number; removed: number; added: number }[] = [];
  let [x, y] = [endA, endB];
  for (let d = trace.length; d > 0; d--) {
    const furthest = trace[d - 1]!;
    // there are those of every second diagonal from -(d - 1) to d - 1
    const reached = (k: number): number => furthest[k + d - 1] ?? -1;
    const k = x - y;
    const down = k === -d || (k !== d && reached(k - 1) < reached(k + 1));
    const before = down ? k + 1 : k - 1;
    const fromX = reached(before);
    const fromY = fromX - before;
    // the change comes first, then what both have
    const next = edits.at(-1);
    const [changeX, changeY] = down ? [fromX, fromY + 1] : [fromX + 1, fromY];
    if (next !== undefined && next.a === changeX && next.b === changeY) {
      next.a = fromX;
      next.b = fromY;
      if (down) next.added++;
      else next.removed++;
    } else edits.push({ a: fromX, b: fromY, removed: down ? 0 : 1, added: down ? 1 : 0 });
    [x, y] = [fromX, fromY];
  }
  return edits.reverse();
}
