/** Numbers from 0 to below 1, the same at every run: SplitMix32. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

/** One who comes to the shop. */
export interface Visitor {
  readonly key: string;
  /** When, in ms since the epoch. */
  readonly at: number;
  /** One in five; they buy less, whatever the button looks like. */
  readonly oldBrowser: boolean;
}

const START = Date.parse('2026-03-02T00:00:00Z');
const TWO_WEEKS = 14 * 24 * 3_600_000;

/** So many visitors, evenly over two weeks. */
export function* visitors(count: number): Generator<Visitor> {
  for (let i = 0; i < count; i++) {
    yield { key: `user-${123 + i}`, at: START + Math.floor((i * TWO_WEEKS) / count), oldBrowser: i % 5 === 4 };
  }
}
