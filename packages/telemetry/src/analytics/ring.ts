/** A queue of bounded length, whose oldest item makes room for a new one. */
export interface Ring<T> {
  /** How many items are in it. */
  readonly size: number;
  /** Adds an item; returns whether the oldest was given up for it. */
  push(item: T): boolean;
  /** Takes the oldest items out, at most so many. */
  take(most: number): T[];
}

const SMALLEST = 64;

/** An empty queue for at most `bound` items; its memory doubles when it has to, up to the bound. */
export function ring<T>(bound: number): Ring<T> {
  // sizes are powers of two, so that a place is found by a mask
  let places: (T | undefined)[] = new Array(SMALLEST).fill(undefined);
  let mask = SMALLEST - 1;
  let first = 0;
  let size = 0;

  function grow(): void {
    const wider: (T | undefined)[] = new Array(places.length * 2).fill(undefined);
    for (let i = 0; i < size; i++) wider[i] = places[(first + i) & mask];
    [places, mask, first] = [wider, wider.length - 1, 0];
  }

  return {
    get size() {
      return size;
    },
    push(item) {
      if (size === bound) {
        places[first] = undefined;
        places[(first + size) & mask] = item;
        first = (first + 1) & mask;
        return true;
      }
      if (size > mask) grow();
      places[(first + size) & mask] = item;
      size++;
      return false;
    },
    take(most) {
      const count = Math.min(most, size);
      const taken: T[] = new Array(count);
      for (let i = 0; i < count; i++) {
        const place = (first + i) & mask;
        taken[i] = places[place]!;
        // what is taken must not be kept alive here
        places[place] = undefined;
      }
      first = (first + count) & mask;
      size -= count;
      return taken;
    },
  };
}
