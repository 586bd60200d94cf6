import { type Handler, json, refuse } from './answers.js';
import type { CompletedOptions } from './config.js';

const PATIENCE_MS = 5_000;

/** Events from the memory of this server. Goes when EventsProxy is removed. */
export function localEvents({ store }: CompletedOptions): Handler {
  return (_request, response) => json(response, 200, { from: 'memory', items: store.events().map(({ note }) => note) });
}

/** Events from the events service. It gets the query and what the client accepts, and nothing else of the client. */
export function eventsProxy({ gates, eventsBackend }: CompletedOptions): Handler {
  return async ({ url, headers }, response) => {
    const target = new URL('events', `${eventsBackend.replace(/\/$/, '')}/`);
    target.search = url?.replace(/^[^?]*/, '') ?? '';
    try {
      const answer = await fetch(target, {
        headers: { accept: headers.accept ?? '*/*' },
        redirect: 'manual',
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      const body = Buffer.from(await answer.arrayBuffer());
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(body);
    } catch {
      refuse(gates, response, 502, 'the events backend does not answer');
    }
  };
}
