const KEY = 'tick';

/** The edit that makes the flag serve this number. */
export const tick = (number) => ({ key: KEY, next: { type: 'integer', default: number } });

/** The number the flag serves. */
export const ticked = (evaluate, snapshot) => evaluate(snapshot, KEY, 'integer', {}).value;
