import { AsyncResource } from 'node:async_hooks';

/** How long the event loop may be used at a time, in ms; a job that takes longer has a time of its own. */
const SLICE = 0.5;

/** Jobs for later, in their order, as many as it takes. */
export interface Queue<T> {
  /** It takes no more for now. */
  readonly full: boolean;
  /** Takes a job, to be done in a later turn of the event loop; false if it is full. */
  add(job: T): boolean;
  clear(): void;
}

export interface QueueOptions<T extends object> {
  /** Jobs that wait; further ones are not taken. */
  readonly limit: number;
  /** Jobs that are being awaited at once. */
  readonly concurrency: number;
  /** Must neither throw nor reject. */
  readonly run: (job: T) => void | Promise<void>;
}

/** Does jobs after what is going on now, in small slices, so that neither a caller nor the event loop waits for them. */
export function queue<T extends object>({ limit, concurrency, run }: QueueOptions<T>): Queue<T> {
  const jobs = new Set<T>();
  let scheduled = false;
  let awaited = 0;
  /** When the slice that was begun last is over, by `performance.now`. */
  let end = 0;

  // jobs are nobody's request: without this they would run, and be traced, as part of whichever came first
  const begin = AsyncResource.bind(() => {
    scheduled = false;
    end = performance.now() + SLICE;
    drain();
  });

  function drain(): void {
    for (const job of jobs) {
      if (awaited >= concurrency) return;
      jobs.delete(job);
      const pending = run(job);
      if (pending !== undefined) {
        awaited++;
        void pending.then(done);
      }
      if (performance.now() >= end) break;
    }
    schedule();
  }

  function schedule(): void {
    if (scheduled || jobs.size === 0 || awaited >= concurrency) return;
    scheduled = true;
    // keeps no process alive; an immediate that does not would wait, in a process at rest, for whatever comes next
    setTimeout(begin, 1).unref();
  }

  function done(): void {
    awaited--;
    // what was answered at once leaves time in this slice
    if (!scheduled && performance.now() < end) drain();
    else schedule();
  }

  return {
    get full() {
      return jobs.size >= limit;
    },
    add(job) {
      if (jobs.size >= limit) return false;
      jobs.add(job);
      schedule();
      return true;
    },
    clear: () => jobs.clear(),
  };
}
