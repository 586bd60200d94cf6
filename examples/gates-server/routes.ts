import { gateRows } from '@flagwright/gates/list';
import { type Handler, json } from './answers.js';
import type { CompletedOptions } from './config.js';
import { eventsProxy, localEvents } from './events.js';

/** Which handler answers which path. Gates that decide this are asked here, once, and never while requests run. */
export function routesOf(completed: CompletedOptions): ReadonlyMap<string, Handler> {
  const { gates } = completed;
  return new Map<string, Handler>([
    ['/events', gates.enabled('EventsProxy') ? eventsProxy(completed) : localEvents(completed)],
    ['/features', (_request, response) => json(response, 200, { items: gateRows(gates) })],
    ['/projects', (_request, response) => json(response, 200, { items: ['shop', 'blog'] })],
  ]);
}
