import type { LDLogger } from './client.ts';

/** What a client says of its connection. */
export interface Heard {
  /** Flags came in, and are in use. */
  good(): void;
  /** The connection is lost; it tries again. */
  lost(why: string): void;
  /** Flags came in that cannot be read. */
  bad(why: string): void;
}

// What both clients write, the same for many years; their public interface is silent on it. The tests hold it against
// both, over connections that are cut.
const LOST = /^Received (.+) for (?:streaming|polling) request - will retry$/;
const DATA = /^(?:Received (?:put|payload-transferred) event|Payload had no updates)/;
const BAD = /^(?:(?:Stream|Polling) received|Response contained) invalid data/;
const POLL = /^Polling LaunchDarkly for/;
const POLLED = /^Elapsed: /;

/** A logger that passes on what it is told, and hears from it how the connection of a client is. */
export function hearing(heard: Heard, to: LDLogger | undefined): LDLogger {
  let coming: NodeJS.Immediate | undefined;
  /** Whether a poll is under way or done, and nothing has been wrong with it. */
  let polled = false;

  // said before the flags are taken, and before they turn out to be unreadable
  const good = (): void => {
    coming ??= setImmediate(() => {
      coming = undefined;
      heard.good();
    });
  };
  const wrong = (): void => {
    clearImmediate(coming);
    coming = undefined;
    polled = false;
  };

  return {
    debug(...args) {
      const said = String(args[0]);
      if (DATA.test(said)) {
        good();
      } else if (POLLED.test(said)) {
        // if it failed, that comes in the same breath
        if (polled) good();
      } else if (POLL.test(said)) {
        // version 7 says nothing of a good poll: the next one tells
        if (polled) good();
        polled = true;
      }
      to?.debug(...args);
    },
    info: (...args) => to?.info(...args),
    warn(...args) {
      const why = LOST.exec(String(args[0]))?.[1];
      if (why !== undefined) {
        wrong();
        heard.lost(why);
      }
      to?.warn(...args);
    },
    error(...args) {
      if (BAD.test(String(args[0]))) {
        wrong();
        heard.bad('what LaunchDarkly sent cannot be read');
      }
      to?.error(...args);
    },
  };
}
