/** A queue of bounded length, whose oldest item makes room for a new one. */
export interface Ring<T> {
  /** How many items are in it. */
  readonly size: number;
  /** Adds an item; returns whether the oldest was given up for it. */
  push(item: T): boolean;
  /** Takes the oldest items out, at most so many. */
  take(most: number): T[];
}

/** So many items are in one piece: those of a batch, unless said otherwise, which then is the piece as it stands. */
const PIECE = 500;

/**
 * Items in the order in which they came. In short lists, one after another: the garbage collector has to remember every
 * new item that is put into a list of old ones, and what is taken out needs no copy.
 */
interface Piece<T> {
  readonly items: (T | undefined)[];
  next: Piece<T> | undefined;
}

const empty = <T>(): Piece<T> => ({ items: new Array(PIECE), next: undefined });

/** An empty queue for at most `bound` items; its memory grows and shrinks with what is in it. */
export function ring<T>(bound: number): Ring<T> {
  let newest = empty<T>();
  let oldest = newest;
  /** Where the next item goes in the newest piece. */
  let end = 0;
  /** Where the oldest item is in the oldest piece. */
  let first = 0;

  function begin(): void {
    newest.next = empty();
    newest = newest.next;
    end = 0;
  }

  /** What is left of the oldest piece begins here; of one that is used up, nothing is kept. */
  function goOn(from: number): void {
    first = from;
    if (first < (oldest === newest ? end : PIECE)) return;
    if (oldest === newest) begin();
    const next = oldest.next!;
    // or a piece that has grown old would keep all that came after it from being collected young
    oldest.next = undefined;
    oldest = next;
    first = 0;
  }

  function takeOfOldest(most: number): T[] {
    const { items } = oldest;
    const to = Math.min(oldest === newest ? end : PIECE, first + most);
    const whole = first === 0 && to === PIECE;
    const taken = whole ? items : items.slice(first, to);
    // what is taken must not be kept alive here
    if (!whole) items.fill(undefined, first, to);
    goOn(to);
    return taken as T[];
  }

  const queue = {
    // no getter, which would take as long as all the rest of `push`
    size: 0,
    push(item: T): boolean {
      if (end === PIECE) begin();
      newest.items[end++] = item;
      if (queue.size < bound) {
        queue.size++;
        return false;
      }
      oldest.items[first] = undefined;
      goOn(first + 1);
      return true;
    },
    take(most: number): T[] {
      const parts: T[][] = [];
      let left = Math.min(most, queue.size);
      queue.size -= left;
      while (left > 0) {
        const part = takeOfOldest(left);
        left -= part.length;
        parts.push(part);
      }
      return parts.length === 1 ? parts[0]! : parts.flat();
    },
  };
  return queue;
}
