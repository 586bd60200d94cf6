import { FlagError } from '@flagwright/core';
import type { Flight } from './flight.ts';

/** The read that goes on by itself because its reader was served a copy; at most one. */
export interface Background {
  /** The read, for the next reader to wait for, unless it was over too long ago to say how things are now. */
  current(): Flight | undefined;
  /** Lets a read go on. */
  add(one: Flight): void;
  /** Its answer was used. */
  remove(one: Flight): void;
}

/** A read that goes on by itself ends after this many ms, lest a connection that hangs be waited for for ever. */
const ALONE_MS = 30_000;
/** Its answer is good for a reader who comes within this many ms. */
const GOOD_FOR_MS = 1_000;

/** Reads of the source `name` in the background; `done` is called when one has succeeded. */
export function background(name: string, done: () => void): Background {
  let current: { readonly flight: Flight; doneAt?: number } | undefined;

  return {
    current() {
      if (current?.doneAt !== undefined && performance.now() - current.doneAt > GOOD_FOR_MS) current = undefined;
      return current?.flight;
    },
    add(one) {
      if (current?.flight === one) return;
      const end = (): void => {
        one.end(new FlagError('UNAVAILABLE', `flag source ${name} gave no answer within ${ALONE_MS} ms`));
      };
      if (current !== undefined && current.doneAt === undefined) {
        end();
        return;
      }
      const own: NonNullable<typeof current> = { flight: one };
      current = own;
      const timer = setTimeout(end, ALONE_MS);
      timer.unref();
      one.result.then(
        () => {
          clearTimeout(timer);
          own.doneAt = performance.now();
          done();
        },
        () => {
          clearTimeout(timer);
          if (current === own) current = undefined;
        },
      );
    },
    remove(one) {
      if (current?.flight === one) current = undefined;
    },
  };
}
