/** The most list elements one list operator, with all those inside it, looks at. */
export const MAX_STEPS = 1_000_000;

let running = 0;
let steps = 0;

/**
 * Runs a list operator within the budget its outermost one has: nested list operators multiply, and an evaluation
 * must come back. `next` counts one element and tells whether there is budget left.
 */
export function budgeted<T>(work: () => T): T {
  if (running === 0) steps = 0;
  running += 1;
  try {
    return work();
  } finally {
    running -= 1; // a getter of the context may throw
  }
}

/** Counts one element; false once the budget is spent. */
export function next(): boolean {
  steps += 1;
  return steps <= MAX_STEPS;
}
