import type { Resolver } from '@flagwright/core';
import { errorOf } from './answer.ts';
import { endOf, isThenable, looselyAwaited } from './waiting.ts';

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
  /** Starts it in a later turn of the event loop, unless it was started before and not stopped. */
  start(): void;
  /** Stops it; waits for that no longer than the timeout, and holds the process if told so. Never rejects. */
  stop(hold: boolean): Promise<void>;
}

/** Runs a candidate in the background; `timeout` in ms. */
export function running(candidate: Resolver, timeout: number): Running {
  let run: symbol | undefined;
  let status: CandidateStatus = 'stopped';
  let error: string | undefined;
  let stopping: Promise<void> = Promise.resolve();

  const note = (thrown: unknown): void => {
    error = messageOf(thrown);
    if (error.length > 200) error = `${error.slice(0, 199)}…`;
  };

  async function begin(begun: symbol): Promise<void> {
    await stopping;
    if (run !== begun) return;
    const becomes = (next: CandidateStatus, cause?: unknown): void => {
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
      // what it said of itself while it started holds until it says otherwise
      if (status === 'starting') becomes('ready');
    } catch (thrown) {
      becomes('failed', errorOf(thrown));
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
      if (run !== undefined) return;
      const begun = Symbol('run');
      run = begun;
      status = 'starting';
      error = undefined;
      // even what it does at once comes after what the primary does at once
      setImmediate(() => void begin(begun));
    },
    stop(hold) {
      run = undefined;
      status = 'stopped';
      stopping = endOf((async () => candidate.stop?.())(), timeout, hold).catch(note);
      return stopping;
    },
  };
}

function messageOf(thrown: unknown): string {
  try {
    return String(errorOf(thrown).message);
  } catch {
    // it can be looked at only once
    return 'something that cannot be looked at was thrown';
  }
}

/** What a resolver is called, at most 100 characters; `unnamed` if it has no name that can be read. */
export function nameOf(resolver: Resolver): string {
  try {
    const name: unknown = resolver.name;
    return typeof name === 'string' && name !== '' ? name.slice(0, 100) : 'unnamed';
  } catch {
    return 'unnamed';
  }
}

/** The keys a resolver lists; undefined if it does not, or not as it should. */
export function keysOf(resolver: Resolver): readonly string[] | undefined {
  try {
    const keys: unknown = resolver.keys?.();
    if (isThenable(keys)) void looselyAwaited(keys);
    return Array.isArray(keys) ? keys.filter((key): key is string => typeof key === 'string') : undefined;
  } catch {
    return undefined;
  }
}
