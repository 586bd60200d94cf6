const ANSWERS: WeakMap<object, ReadonlyMap<string, boolean>> = new WeakMap();
const NONE: ReadonlyMap<string, boolean> = new Map();

/** Remembers the answers of gates that need no more than a look, for holders that are asked in their stead. */
export function rememberAnswers(gates: object, answers: ReadonlyMap<string, boolean>): void {
  ANSWERS.set(gates, answers);
}

/**
 * The answers of gates that need no more than a look: a holder that looks here itself is as quick as the gates, where one
 * that calls them takes half as long again. What is not in it is asked of the gates.
 */
export function answersOf(gates: object): ReadonlyMap<string, boolean> {
  return ANSWERS.get(gates) ?? NONE;
}
