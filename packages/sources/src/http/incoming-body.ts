import type { IncomingMessage } from 'node:http';

/** The body of a message of `node:http`. */
export interface IncomingBody {
  /** Reads on only when it is asked for more. */
  readonly stream: ReadableStream<Uint8Array>;
  /** Drops what was not read: nobody will. */
  leave(): void;
}

/** The body of a message, in whose connection nothing is read that nobody waits for; `left` is told when it is given up. */
export function incomingBody(incoming: IncomingMessage, left: () => void): IncomingBody {
  let begun = false;
  let over = false;
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  const end = (how?: () => void): void => {
    if (over) return;
    over = true;
    incoming.off('data', take);
    how?.();
  };
  const leave = (): void => {
    if (over) return;
    end(() => controller.error(new Error('the body was given up')));
    left();
  };
  const take = (chunk: Uint8Array): void => {
    controller.enqueue(chunk);
    if ((controller.desiredSize ?? 0) <= 0) incoming.pause();
  };
  const broken = (cause?: Error): void => {
    end(() => controller.error(cause ?? new Error('the connection was lost within the body')));
  };
  const stream = new ReadableStream<Uint8Array>(
    {
      start(given) {
        controller = given;
        incoming.on('end', () => end(() => controller.close()));
        incoming.on('error', broken);
        incoming.on('close', () => broken());
      },
      pull() {
        if (!begun) incoming.on('data', take);
        begun = true;
        incoming.resume();
      },
      cancel() {
        end();
        left();
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, leave };
}
