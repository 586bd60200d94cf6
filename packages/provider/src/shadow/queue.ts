import { AsyncResource } from 'node:async_hooks';

/** How long the event loop may be used at a time, in ms; a job that takes longer has a time of its own. */
const SLICE = 0.5;

/** Jobs are nobody's request: without this they would run, and be traced, as part of whichever came first. */
const OUTSIDE = new AsyncResource('flagwright.shadow');

/** Jobs for later, in their order, as many as it takes. */
export interface Queue<T> {
  /** It takes no more for now. */
  readonly full: boolean;
  /** Takes a job, to be done in a later turn of the event loop; false if it is full. */
  add(job: T): boolean;
  /** Takes a job before all others, even if it is full. */
  addFirst(job: T): void;
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

/** Does jobs after what is going on now, in small slices: neither a caller nor the event loop waits for them. */
export function queue<T extends object>({ limit, concurrency, run }: QueueOptions<T>): Queue<T> {
  const jobs = line<T>();
  const first = line<T>();
  let scheduled = false;
  let awaited = 0;
  /** When the slice that was begun last is over, by `performance.now`. */
  let end = 0;

  const begin = (): void => {
    scheduled = false;
    end = performance.now() + SLICE;
    drain();
  };

  function drain(): void {
    do {
      if (awaited >= concurrency) return;
      const job = first.take() ?? jobs.take();
      if (job === undefined) return;
      const pending = run(job);
      if (pending !== undefined) {
        awaited++;
        void pending.then(done, done);
      }
    } while (performance.now() < end);
    schedule();
  }

  function schedule(): void {
    if (scheduled || first.size() + jobs.size() === 0 || awaited >= concurrency) return;
    scheduled = true;
    // keeps no process alive; an immediate that does not would wait, in a process at rest, for whatever comes next
    setTimeout(outside, 1).unref();
  }

  function done(): void {
    awaited--;
    // what was answered at once leaves time in this slice
    if (!scheduled && performance.now() < end) drain();
    else schedule();
  }

  const outside = (): void => OUTSIDE.runInAsyncScope(begin);

  return {
    get full() {
      return jobs.size() >= limit;
    },
    add(job) {
      if (jobs.size() >= limit) return false;
      jobs.put(job);
      schedule();
      return true;
    },
    addFirst(job) {
      first.put(job);
      schedule();
    },
    clear() {
      first.clear();
      jobs.clear();
    },
  };
}

/** First in, first out. */
interface Line<T> {
  size(): number;
  put(item: T): void;
  take(): T | undefined;
  clear(): void;
}

function line<T>(): Line<T> {
  let entering: T[] = [];
  /** In reverse. */
  let leaving: T[] = [];
  return {
    size: () => entering.length + leaving.length,
    put: (item) => void entering.push(item),
    take() {
      if (leaving.length === 0) [leaving, entering] = [entering.reverse(), leaving];
      return leaving.pop();
    },
    clear() {
      entering = [];
      leaving = [];
    },
  };
}
