import { FlagError, type ResolverEvents } from '@flagwright/core';

/** How a connection is, and what is told of it: stale and ready each once, in turn. */
export interface Status {
  /** Resolves once answers are good; rejects once if they are not in time. */
  readonly started: Promise<void>;
  /** Whether it was ended. */
  isOver(): boolean;
  /** Whether answers have been good. */
  wasGood(): boolean;
  /** There are no answers; the start has failed. */
  fail(cause: FlagError): void;
  /** Why there are none yet, in case the time is over. */
  note(cause: FlagError): void;
  /** Answers are good. */
  good(): void;
  /** The connection is lost, and may be had again at once: that is waited for, if not `now`. */
  lost(cause: FlagError, now: boolean): void;
  end(): void;
}

/** Begins the time that a start may take. Durations are in ms. */
export function statusOf(startTimeout: number, grace: number, events: ResolverEvents): Status {
  let state: 'starting' | 'failed' | 'good' | 'stale' | 'over' = 'starting';
  let begun = false;
  let noted: FlagError | undefined;
  let lossTimer: NodeJS.Timeout | undefined;
  let settle!: { resolve(): void; reject(cause: FlagError): void };
  const started = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  const startTimer = setTimeout(() => {
    const why = noted === undefined ? '' : `: ${noted.message}`;
    fail(new FlagError('UNAVAILABLE', `no flags from LaunchDarkly within ${startTimeout} ms${why}`, { cause: noted }));
  }, startTimeout).unref();

  function fail(cause: FlagError): void {
    if (state !== 'starting') return;
    clearTimeout(startTimer);
    state = 'failed';
    settle.reject(cause);
  }

  return {
    started,
    isOver: () => state === 'over',
    wasGood: () => begun,
    fail,
    note(cause) {
      noted = cause;
    },
    good() {
      clearTimeout(lossTimer);
      lossTimer = undefined;
      const was = state;
      if (was === 'good' || was === 'over') return;
      state = 'good';
      begun = true;
      clearTimeout(startTimer);
      if (was === 'starting') settle.resolve();
      else events.ready();
    },
    lost(cause, now) {
      if (state !== 'good') return;
      const tell = (): void => {
        lossTimer = undefined;
        state = 'stale';
        events.stale(cause);
      };
      // lost a second time: it was not to be had again at the first attempt
      const again = lossTimer !== undefined;
      clearTimeout(lossTimer);
      if (now || again) tell();
      else lossTimer = setTimeout(tell, grace).unref();
    },
    end() {
      if (state === 'starting') settle.reject(new FlagError('NOT_READY', 'the resolver was stopped'));
      state = 'over';
      clearTimeout(startTimer);
      clearTimeout(lossTimer);
    },
  };
}
