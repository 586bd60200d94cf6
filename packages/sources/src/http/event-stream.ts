import type { FlagSource, Unsubscribe } from '@flagwright/core';
import { escapeText } from './revision.ts';

/** Options of `eventStream`. */
export interface EventStreamOptions {
  readonly subscribe: NonNullable<FlagSource['subscribe']>;
  /** Asks for the revision after a hint. */
  readonly revision: () => Promise<string>;
  /** How often to say something, in ms. */
  readonly heartbeat: number;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
  /** Where it puts, while it lasts, how to end it; that resolves once its subscription is over. */
  readonly ongoing: Set<() => Promise<void>>;
}

/**
 * The hints of a source as server-sent events, once the subscription is armed; rejects as `subscribe` does. First
 * `armed` with `{"heartbeat": ms}`, then `changed` with the revision as in the entity tag, or nothing where it cannot be
 * read, and comments as heartbeats. Ends when the subscription does, when the client is gone, or when it is told to.
 *
 * A client that does not read is told nothing: hints that come meanwhile become one, so that nothing piles up.
 */
export async function eventStream(options: EventStreamOptions): Promise<ReadableStream<Uint8Array>> {
  const { subscribe, revision, heartbeat, signal, ongoing } = options;
  const encoder = new TextEncoder();
  let out!: ReadableStreamDefaultController<Uint8Array>;
  let stop: Unsubscribe | undefined;
  let armed = false;
  let hinted = false;
  let asking = false;
  let over = false;

  const say = (text: string): void => out.enqueue(encoder.encode(text));
  const free = (): boolean => armed && !over && (out.desiredSize ?? 0) > 0;
  const tell = async (): Promise<void> => {
    while (hinted && !asking && free()) {
      hinted = false;
      asking = true;
      const now = await revision().then(escapeText, () => '');
      asking = false;
      if (!over) say(`event: changed\ndata: ${now}\n\n`);
    }
  };
  const leave = async (): Promise<void> => {
    try {
      await stop?.();
    } catch {
      // the subscription is over either way
    }
  };
  const finish = async (): Promise<void> => {
    if (over) return;
    over = true;
    clearInterval(beat);
    signal.removeEventListener('abort', end);
    ongoing.delete(end);
    await leave();
  };
  const end = async (): Promise<void> => {
    if (!over) out.close();
    await finish();
  };

  const beat = setInterval(() => {
    if (free()) say(': heartbeat\n\n');
  }, heartbeat);
  beat.unref();
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      out = controller;
    },
    pull: () => void tell(),
    cancel: () => void finish(),
  });
  signal.addEventListener('abort', end);
  ongoing.add(end);
  try {
    stop = await subscribe({
      changed() {
        hinted = true;
        void tell();
      },
      failed: () => void end(),
    });
  } catch (thrown) {
    await finish();
    throw thrown;
  }
  if (over || signal.aborted) {
    await end();
    await leave();
    return stream;
  }
  armed = true;
  say(`event: armed\ndata: ${JSON.stringify({ heartbeat })}\n\n`);
  return stream;
}
