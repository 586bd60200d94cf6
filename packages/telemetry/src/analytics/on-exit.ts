import { isMainThread } from 'node:worker_threads';

/** What is to be sent on before the process ends. */
export interface Leaving {
  /** Sends on what there is, within a time of its own; never rejects. */
  flush(): Promise<void>;
  /** How many events there have ever been. */
  added(): number;
  /** Says what is lost, and what else was not said so far; returns whether there was anything. */
  sayLast(): boolean;
}

type Signal = 'SIGTERM' | 'SIGINT';
const SIGNALS: readonly Signal[] = ['SIGTERM', 'SIGINT'];

/** By this, two copies of this module in one process know each other's listeners. */
const MARK = Symbol.for('flagwright.flush-on-exit');

/** A natural end is put off so often: an application that tracks something at each `beforeExit` would never end. */
const MOST_PUT_OFF = 3;

const open = new Set<Leaving>();
let flushedAt = new WeakMap<Leaving, number>();
let putOff = 0;
let flushing = false;

/**
 * Sends on what is open when the process ends: by SIGTERM, by SIGINT, or because nothing is left to do. After a signal the
 * process dies of it as it would have, a second signal kills it at once; but if the application listens to the signal, too,
 * its end is the application's business. Returns how to be left out again; without anybody, nothing is listened to.
 *
 * A worker thread gets no signals. `process.exit()` waits for nothing.
 */
export function flushOnExit(one: Leaving): () => void {
  open.add(one);
  if (open.size === 1) listen();
  return () => {
    if (open.delete(one) && open.size === 0) stopListening();
  };
}

function listen(): void {
  putOff = 0;
  flushedAt = new WeakMap();
  process.on('beforeExit', onBeforeExit);
  if (!isMainThread) return;
  // first of all, to see listeners that are there for once before they are gone
  for (const signal of SIGNALS) process.prependListener(signal, onSignal);
}

function stopListening(): void {
  process.off('beforeExit', onBeforeExit);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

const onSignal: NodeJS.SignalsListener = Object.assign(
  (signal: NodeJS.Signals): void => {
    const all = [...open];
    const alone = isAlone(signal as Signal);
    // the kernel lets the first process of a container live: it is flushed at each signal, until it is killed
    if (alone && process.pid === 1) void flushAll(all);
    else if (!flushing) void end(all, signal as Signal, alone);
    else if (alone) void sayLast(all).then(() => die(signal as Signal));
  },
  { [MARK]: true },
);

async function end(all: readonly Leaving[], signal: Signal, alone: boolean): Promise<void> {
  flushing = true;
  await flushAll(all);
  flushing = false;
  // where the application ends by itself, nothing is lost yet
  if (!alone || !isAlone(signal)) return;
  await sayLast(all);
  die(signal);
}

/** Whether nobody but this module listens; `signal-exit` does not count, for it ends the process only if nobody else listens. */
function isAlone(signal: Signal): boolean {
  const others = process.listeners(signal).filter((listener) => !(MARK in listener));
  return others.length === signalExits();
}

/**
 * How many listeners of a signal belong to the package `signal-exit`, which comes with many others: where its versions keep
 * their count for each other. It waits for our listener to be gone, and for the signal to come again.
 */
function signalExits(): number {
  const newer = (globalThis as Record<symbol, unknown>)[Symbol.for('signal-exit emitter')];
  const older = (process as { readonly __signal_exit_emitter__?: unknown }).__signal_exit_emitter__;
  let count = 0;
  for (const emitter of [newer, older]) {
    const own = (emitter as { readonly count?: unknown } | null | undefined)?.count;
    if (typeof own === 'number') count += own;
  }
  return count;
}

/** Ends the process as if nobody had listened; another copy of this module may have to finish first. */
function die(signal: Signal): void {
  process.off(signal, onSignal);
  if (process.listenerCount(signal) === signalExits()) process.kill(process.pid, signal);
}

function onBeforeExit(): void {
  // after the application's own listeners, which may track something
  process.nextTick(putOffEnd);
}

function putOffEnd(): void {
  const fresh = [...open].filter((one) => one.added() !== (flushedAt.get(one) ?? 0));
  if (fresh.length === 0) return;
  for (const one of fresh) flushedAt.set(one, one.added());
  if (putOff++ < MOST_PUT_OFF) void flushAll(fresh).then(() => sayLast(fresh));
  else for (const one of fresh) one.sayLast();
}

async function flushAll(leaving: readonly Leaving[]): Promise<void> {
  await Promise.allSettled(leaving.map((one) => one.flush()));
}

/** Says what is lost, and waits until it is printed. */
async function sayLast(leaving: readonly Leaving[]): Promise<void> {
  if (leaving.filter((one) => one.sayLast()).length === 0) return;
  // a process warning is printed a little after it was emitted
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}
