import type { LDLogger } from './client.ts';
import { whyLost } from './why.ts';

/** What a client says of its connection. */
export interface Heard {
  /** Flags came in, and are in use. */
  good(): void;
  /** A poll has gone well, or so it seems. */
  polled(): void;
  /** Flags are asked for by a poll. */
  asking(): void;
  /** The connection is lost; it tries again. */
  lost(why: string): void;
  /** Flags came in that cannot be read. */
  bad(why: string): void;
  /** A way to flags is given up for good, after an HTTP status; there may be another. */
  gaveUp(status: number): void;
}

/** What a client is given, to be heard by. */
export interface Ear {
  readonly logger: LDLogger;
  /** A store of flags for the client, in place of one that is given: flags are in use once it has taken them. */
  store(given: object): object;
}

// What both clients write, the same for many years; their public interface is silent on it. The tests hold it against
// both, over connections that are cut. Messages of TLS end in a line break.
const LOST = /^Received (.+) for (?:streaming|polling) request - will retry$/s;
const RETRY = /^Will retry stream connection in ([\d.]+) milliseconds/;
const GAVE_UP = /^Received error (\d{3}) .*for (?:streaming|polling) request - giving up permanently$/s;
const PUT = /^Received put event/;
const PAYLOAD = /^(?:Received payload-transferred event|Payload had no updates)/;
const FAULT = /^CompositeDataSource received state .* Err is (?!undefined|null)/s;
const BAD = /^(?:(?:Stream|Polling) received|Response contained) (?:invalid data|data that was unable)/;
const POLL = /^Polling LaunchDarkly for/;
const POLLED = /^Elapsed: /;

/** Hears from what a client writes how its connection is; the logger passes that on. */
export function hearing(heard: Heard, to: LDLogger | undefined): Ear {
  let coming: NodeJS.Immediate | undefined;
  /** Trouble of this turn, which is told once. */
  let losing: NodeJS.Immediate | undefined;
  /** Whether a poll is under way or done, and nothing has been wrong with it. */
  let polled = false;
  let losses = 0;
  /** When a connection is tried again: nothing that is lost before is another. */
  let triedAt = Number.NEGATIVE_INFINITY;
  let watched = false;

  // said before the flags are taken, and before they turn out to be unreadable
  const soon = (tell: () => void): void => {
    coming ??= setImmediate(() => {
      coming = undefined;
      tell();
    });
  };
  const wrong = (): void => {
    clearImmediate(coming);
    coming = undefined;
    polled = false;
    losses++;
    losing ??= setImmediate(() => {
      losing = undefined;
    });
  };
  const lost = (why: string): void => {
    // version 7 writes twice that a connection was reset
    const again = losing !== undefined || performance.now() < triedAt;
    wrong();
    if (!again) heard.lost(why);
  };
  const fault = (): void => {
    if (losing !== undefined) return;
    const before = losses;
    // most say more of it in the same breath
    setImmediate(() => {
      if (losses === before) lost('it failed');
    });
  };

  const logger: LDLogger = {
    debug(...args) {
      const said = String(args[0]);
      if (PAYLOAD.test(said) || (!watched && PUT.test(said))) {
        soon(heard.good);
      } else if (POLLED.test(said)) {
        // if it failed, that comes in the same breath
        if (polled) soon(heard.polled);
      } else if (POLL.test(said)) {
        // version 7 says nothing of a good poll: the next one tells
        if (polled) soon(heard.polled);
        polled = true;
        heard.asking();
      } else if (FAULT.test(said)) {
        fault();
      }
      to?.debug(...args);
    },
    info(...args) {
      const ms = RETRY.exec(String(args[0]))?.[1];
      // timers may be early by a little
      if (ms !== undefined) triedAt = performance.now() + Number(ms) - 2;
      to?.info(...args);
    },
    warn(...args) {
      const why = LOST.exec(String(args[0]))?.[1];
      if (why !== undefined) lost(whyLost(why));
      to?.warn(...args);
    },
    error(...args) {
      const said = String(args[0]);
      const status = GAVE_UP.exec(said)?.[1];
      if (status !== undefined) {
        wrong();
        heard.gaveUp(Number(status));
      }
      if (BAD.test(said)) {
        wrong();
        heard.bad('what LaunchDarkly sent cannot be read');
      }
      to?.error(...args);
    },
  };

  /** The store itself, but that its `init` is heard. */
  function store(given: object): object {
    watched = true;
    return new Proxy(given, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        if (name !== 'init') return member.bind(target);
        return (flags: unknown, done: (() => void) | undefined, ...more: unknown[]) => {
          const before = losses;
          const taken = (): void => {
            done?.();
            if (losses === before) soon(heard.good);
          };
          return member.call(target, flags, taken, ...more);
        };
      },
    });
  }

  return { logger, store };
}
