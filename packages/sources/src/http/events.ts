import { FlagError, isRecord, mediaTypeOf } from '@flagwright/core';
import type { Wire, WireEvents } from '../line.ts';
import { eventParser, type StreamEvent } from './event-parser.ts';
import { MAX_HEARTBEAT } from './options.ts';
import type { Origin, Reply } from './origin.ts';
import { refusalOf } from './refusal.ts';
import { letGo } from './streaming-fetch.ts';

/**
 * Opens an event stream at `url`. It is open once the server says `armed`, and then hints at each event `changed`; two
 * heartbeats of silence, or its end, are its failure. Rejects with `UNSUPPORTED` if there are no such events.
 */
export function eventWire(origin: Origin, url: URL): (events: WireEvents) => Promise<Wire> {
  return ({ changed, failed }) =>
    new Promise((resolve, reject) => {
      const leaving = new AbortController();
      let armed = false;
      const wire: Wire = {
        listen: async () => undefined,
        unlisten: async () => undefined,
        async close() {
          leaving.abort();
          await over;
        },
      };
      const headers = { accept: 'text/event-stream', 'cache-control': 'no-store' };
      const over = origin
        .exchange({ method: 'GET', url, headers, signal: leaving.signal, lasting: true }, (reply) =>
          listen(reply, {
            heartbeat: origin.options.heartbeat,
            changed: () => changed('flags'),
            armed() {
              armed = true;
              // until then somebody waits for it; from now on it is no reason for the process to stay
              letGo(reply.answer);
              resolve(wire);
            },
          }),
        )
        .catch((thrown: unknown) => {
          if (!armed) reject(thrown);
          else if (!leaving.signal.aborted && !origin.closed) failed(thrown);
        });
    });
}

interface Listener {
  readonly heartbeat: number;
  armed(): void;
  changed(): void;
}

/** Reads the stream as long as it lives. */
async function listen(reply: Reply, listener: Listener): Promise<never> {
  const { answer, alarm } = reply;
  if (answer.status !== 200 && answer.status !== 204) throw await refusalOf(reply);
  const type = mediaTypeOf(answer.headers);
  // 204 is how a server says that there is no use in asking again
  if (type !== 'text/event-stream' || answer.body === null) throw unsupported('the server sends no event stream');
  let armed = false;
  const parse = eventParser((event) => {
    if (armed) {
      if (event.type === 'changed') listener.changed();
      return;
    }
    if (event.type !== 'armed') throw unsupported('the event stream does not begin with the event "armed"');
    armed = true;
    alarm.restart(2 * heartbeatOf(event, listener.heartbeat));
    listener.armed();
  });
  const reader = answer.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) throw new FlagError('UNAVAILABLE', 'the server ended its event stream');
    if (armed) alarm.restart();
    parse(value);
  }
}

/** How often the server will be heard of, in ms, by its own word if that is to be believed. */
function heartbeatOf({ data }: StreamEvent, otherwise: number): number {
  try {
    const said: unknown = JSON.parse(data);
    const heartbeat = isRecord(said) ? said.heartbeat : undefined;
    if (typeof heartbeat === 'number') return Math.min(Math.max(heartbeat, 10), MAX_HEARTBEAT);
  } catch {
    // it does not say
  }
  return otherwise;
}

function unsupported(what: string): FlagError {
  return new FlagError(
    'UNSUPPORTED',
    `${what}. Hint: give events: false, and changes are seen at the refresh interval`,
  );
}
