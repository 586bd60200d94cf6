import type { Resolver } from '@flagwright/core';
import { FlagError, limited } from '@flagwright/core';

/**
 * How a candidate is doing:
 *
 * - `stopped`: not started, or stopped
 * - `starting`: its answers are not good yet
 * - `ready`, `stale`: it answers; stale answers may be out of date
 * - `failed`: it could not start, or has no good answers
 */
export type CandidateStatus = 'stopped' | 'starting' | 'ready' | 'stale' | 'failed';

/** A candidate as it runs: nothing it does to itself gets out. */
export interface Running {
  readonly status: CandidateStatus;
  /** What it last said was wrong, since it was started. */
  readonly error: string | undefined;
  /** Its answers are worth comparing. */
  readonly answers: boolean;
  /** Starts it in a later turn of the event loop. */
  start(): void;
  /** Stops it; waits for that no longer than the timeout. Never rejects. */
  stop(): Promise<void>;
}

/** Runs a candidate in the background; `timeout` in ms. */
export function running(candidate: Resolver, timeout: number): Running {
  let run: symbol | undefined;
  let status: CandidateStatus = 'stopped';
  let error: string | undefined;
  let stopping: Promise<void> = Promise.resolve();

  const note = (thrown: unknown): void => {
    const { message } = FlagError.from(thrown);
    error = message.length > 200 ? `${message.slice(0, 199)}…` : message;
  };

  async function begin(begun: symbol): Promise<void> {
    await stopping;
    if (run !== begun) return;
    const becomes = (next: CandidateStatus, cause?: FlagError): void => {
      if (run !== begun) return;
      status = next;
      if (cause !== undefined) note(cause);
    };
    try {
      await candidate.start?.({
        ready: () => becomes('ready'),
        changed: () => undefined,
        stale: (cause) => becomes('stale', cause),
        error: (cause) => becomes('failed', cause),
      });
      if (status !== 'stale') becomes('ready');
    } catch (thrown) {
      becomes('failed', FlagError.from(thrown));
    }
  }

  return {
    get status() {
      return status;
    },
    get error() {
      return error;
    },
    get answers() {
      return status === 'ready' || status === 'stale';
    },
    start() {
      const begun = Symbol(candidate.name);
      run = begun;
      status = 'starting';
      error = undefined;
      // even what it does at once comes after what the primary does at once
      setImmediate(() => void begin(begun));
    },
    stop() {
      run = undefined;
      status = 'stopped';
      stopping = limited((async () => candidate.stop?.())(), new AbortController(), timeout).catch(note);
      return stopping;
    },
  };
}
