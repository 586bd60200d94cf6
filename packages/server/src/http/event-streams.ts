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
      if (body === null || !isEventStream(response)) return response;
      const { stream, stop } = endable(body, () => open.delete(stop));
      open.add(stop);
      if (over) for (const end of [...open]) end();
      return new Response(stream, { status, statusText, headers });
    },
    end() {
      over = true;
      for (const end of [...open]) end();
    },
  };
}

/** Whether the body of a response is one of server-sent events. */
export function isEventStream({ headers }: Response): boolean {
  return /^text\/event-stream\b/i.test(headers.get('content-type') ?? '');
}

/** The same stream, and what ends it as if its source had; `ended` is called once, however it ends. */
export function endable(
  source: ReadableStream<Uint8Array>,
  ended: () => void,
): { readonly stream: ReadableStream<Uint8Array>; stop(): void } {
  const reader = source.getReader();
  let over = false;
  let out!: ReadableStreamDefaultController<Uint8Array>;
  const end = (how: () => void): void => {
    if (over) return;
    over = true;
    ended();
    how();
  };
  const leave = (): void => void reader.cancel().catch(() => undefined);
  const stop = (): void =>
    end(() => {
      out.close();
      leave();
    });
  const stream = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        out = controller;
      },
      async pull() {
        try {
          const { done, value } = await reader.read();
          if (done) end(() => out.close());
          else if (!over) out.enqueue(value);
        } catch (thrown) {
          end(() => out.error(thrown));
        }
      },
      cancel: () => end(leave),
    },
    { highWaterMark: 0 },
  );
  return { stream, stop };
}
