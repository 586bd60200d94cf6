import type { Call } from '../grammar/call.ts';
import { outputOf } from '../output/output.ts';

/** Fewer are done before anybody reads it. */
const LEAST = 50;

/** A line on the terminal that says how far something has come. */
export interface Progress {
  show(done: number): void;
  /** Before something else is written, and at the end. */
  clear(): void;
}

/** Tells how many of `count` are done, if that is many, and somebody looks. */
export function progressOf(call: Call, count: number, doing: string): Progress {
  const { world } = call;
  const isShown =
    count > LEAST && world.terminal.err && !call.has('plain') && !call.has('verbose') && outputOf(call) !== 'json';
  let isThere = false;
  return {
    show(done) {
      if (!isShown || done >= count) return;
      isThere = true;
      world.err(`\r${doing} ${done}/${count}…\u001b[K`);
    },
    clear() {
      if (isThere) world.err('\r\u001b[K');
      isThere = false;
    },
  };
}
