import type { Snapshot } from '@flagwright/core';
import type { SetName } from '../database/database.ts';
import { Problem } from '../http/problem.ts';
import type { FlagSets } from '../sets/flag-sets.ts';
import type { StreamShares } from '../sets/stream-shares.ts';

/** Options of `eventHub`. Times in ms. */
export interface EventHubOptions {
  readonly sets: Pick<FlagSets, 'watch'>;
  /** How often each stream says something. */
  readonly heartbeat: number;
  /** Bounds how many streams are open. */
  readonly shares: Pick<StreamShares, 'ofSet'>;
}

/** What a client of an event stream is. */
export interface Listener {
  readonly set: SetName;
  /** When the stream ends, in ms since the epoch. */
  readonly expires: number;
  /** The last event that it has heard, if it had a stream before. */
  readonly lastEventId: string | undefined;
  /** Aborted when it is gone. */
  readonly signal: AbortSignal;
}

/** Event streams of the protocol: each tells, in one small event, that evaluations may have changed. */
export interface EventHub {
  /** Throws as `FlagSets.watch` does, and as `StreamShares.ofSet` for more streams than there may be. */
  open(listener: Listener): Promise<ReadableStream<Uint8Array>>;
  readonly streams: number;
  close(): void;
}

/** How long after a change a client may still have asked for the flags before it. */
const RECENT = 60_000;

/** When a client whose stream broke should come back, in ms. */
const RETRY = 2_000;

interface Stream {
  /** Sends an event, or keeps it until the client has read what came before: of several the last counts. */
  tell(bytes: Uint8Array): void;
  beat(): void;
  end(): void;
  readonly expires: number;
  readonly over: boolean;
}

const encoder = new TextEncoder();
const HEARTBEAT = encoder.encode(':\n\n');

function refetch({ revision }: Snapshot): Uint8Array {
  const data = JSON.stringify({ type: 'refetchEvaluation', etag: revision });
  return encoder.encode(`id: ${idOf(revision)}\nevent: message\ndata: ${data}\n\n`);
}

/** Of an id only equality means anything, and it must not hold a line end. */
function idOf(revision: string): string {
  return encodeURIComponent(revision);
}

/** Event streams over the sets of a server. */
export function eventHub({ sets, heartbeat, shares }: EventHubOptions): EventHub {
  const streams = new Set<Stream>();
  /** The event of a snapshot, which all streams of its set share. */
  const events = new WeakMap<Snapshot, Uint8Array>();
  let closed = false;

  const beat = setInterval(() => {
    const now = Date.now();
    for (const stream of streams) {
      // whoever comes back with an expired address is turned away, and asks for another
      if (stream.expires <= now) stream.end();
      else stream.beat();
    }
  }, heartbeat);
  beat.unref();

  function eventOf(snapshot: Snapshot): Uint8Array {
    const event = events.get(snapshot) ?? refetch(snapshot);
    events.set(snapshot, event);
    return event;
  }

  async function open({ set, expires, lastEventId, signal }: Listener): Promise<ReadableStream<Uint8Array>> {
    if (closed) throw new Problem('UNAVAILABLE', 'this server is shutting down');
    const leave = shares.ofSet(set);
    let stop: (() => void) | undefined;
    const { stream, body } = newStream(expires, signal, () => {
      streams.delete(stream);
      leave();
      stop?.();
    });
    try {
      const watched = await sets.watch(set, {
        changed: (snapshot) => stream.tell(eventOf(snapshot)),
        ended: () => stream.end(),
      });
      stop = watched.stop;
      const { snapshot, age } = watched;
      const heard = lastEventId === undefined ? age > RECENT : lastEventId === idOf(snapshot.revision);
      // the flags that a client has asked for may be from before the change that it was not told
      stream.tell(heard ? encoder.encode(`id: ${idOf(snapshot.revision)}\n\n`) : eventOf(snapshot));
    } catch (thrown) {
      stream.end();
      throw thrown;
    }
    if (closed || signal.aborted) stream.end();
    // also of one that has ended before there was anything to stop
    if (stream.over) stop();
    else streams.add(stream);
    return body;
  }

  return {
    open,
    get streams() {
      return streams.size;
    },
    close() {
      closed = true;
      clearInterval(beat);
      for (const stream of [...streams]) stream.end();
    },
  };
}

function newStream(
  expires: number,
  signal: AbortSignal,
  ended: () => void,
): { readonly stream: Stream; readonly body: ReadableStream<Uint8Array> } {
  let out!: ReadableStreamDefaultController<Uint8Array>;
  let kept: Uint8Array | undefined;
  let over = false;

  const finish = (): void => {
    if (over) return;
    over = true;
    signal.removeEventListener('abort', end);
    ended();
  };
  const end = (): void => {
    if (!over) out.close();
    finish();
  };
  const free = (): boolean => !over && (out.desiredSize ?? 0) > 0;
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        out = controller;
        // said at once, so that the client knows that it is connected
        controller.enqueue(encoder.encode(`retry: ${RETRY}\n\n`));
      },
      pull() {
        const next = kept;
        kept = undefined;
        if (next !== undefined && !over) out.enqueue(next);
      },
      cancel: finish,
    },
    { highWaterMark: 2 },
  );
  signal.addEventListener('abort', end);
  const stream: Stream = {
    expires,
    get over() {
      return over;
    },
    tell(bytes) {
      if (free()) out.enqueue(bytes);
      else kept = bytes;
    },
    beat() {
      if (free()) out.enqueue(HEARTBEAT);
    },
    end,
  };
  return { stream, body };
}
