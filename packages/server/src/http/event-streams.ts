/** Event streams of a server that are open. */
export interface EventStreams {
  readonly size: number;
  /** The response, or one whose body can be ended if it is an event stream. */
  watch(response: Response): Response;
  /** Ends all of them, and those to come, as if their sources had. */
  end(): void;
}

/** Keeps track of the event streams among responses, which end at nothing but the end of the server. */
export function eventStreams(): EventStreams {
  const open = new Set<() => void>();
  let over = false;
  return {
    get size() {
      return open.size;
    },
    watch(response) {
      const { body, status, statusText, headers } = response;
      if (body === null || !/^text\/event-stream\b/i.test(headers.get('content-type') ?? '')) return response;
      const stream = endable(body, open);
      if (over) for (const end of [...open]) end();
      return new Response(stream, { status, statusText, headers });
    },
    end() {
      over = true;
      for (const end of [...open]) end();
    },
  };
}

/** The same stream; while it lasts there is in `open` what ends it. */
function endable(source: ReadableStream<Uint8Array>, open: Set<() => void>): ReadableStream<Uint8Array> {
  const reader = source.getReader();
  let ended = false;
  let out!: ReadableStreamDefaultController<Uint8Array>;
  const end = (how: () => void): void => {
    if (ended) return;
    ended = true;
    open.delete(stop);
    how();
  };
  const leave = (): void => void reader.cancel().catch(() => undefined);
  const stop = (): void =>
    end(() => {
      out.close();
      leave();
    });
  open.add(stop);
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        out = controller;
      },
      async pull() {
        try {
          const { done, value } = await reader.read();
          if (done) end(() => out.close());
          else if (!ended) out.enqueue(value);
        } catch (thrown) {
          end(() => out.error(thrown));
        }
      },
      cancel: () => end(leave),
    },
    { highWaterMark: 0 },
  );
}
