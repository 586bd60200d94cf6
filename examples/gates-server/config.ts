import { preview } from '@flagwright/core';
import type { Options } from './options.js';
import { memoryStore, type Store } from './store.js';

declare const COMPLETED: unique symbol;

/** Options with nothing left open. Only `complete` makes them: no literal has the type, and no copy passes `run`. */
export interface CompletedOptions extends Options {
  readonly [COMPLETED]: true;
  readonly eventTtl: number;
  readonly store: Store;
}

const made = new WeakSet<object>();

/** Fills in what was left open. From here on gates only answer. */
export function complete(options: Options): CompletedOptions {
  const completed = {
    ...options,
    // a default that depends on a gate: behind the proxy nobody asks for the events in memory
    eventTtl: options.eventTtl ?? (options.gates.enabled('EventsProxy') ? 300 : 3_600),
    store: memoryStore(),
  } as CompletedOptions;
  made.add(completed);
  return Object.freeze(completed);
}

/** Whether `complete` has made these, and nobody has changed a copy of them since. */
export function isCompleted(options: CompletedOptions): boolean {
  return made.has(options);
}

/** Everything that is wrong, so that it can be mended at once; empty if the server can run. */
export function validate({ gates, port, eventsBackend, eventTtl }: CompletedOptions): readonly string[] {
  const errors: string[] = [];
  if (!Number.isInteger(port) || port < 0 || port > 65_535) errors.push(`--port is ${port}; expected 0 to 65535`);
  if (!(eventTtl > 0 && Number.isFinite(eventTtl)))
    errors.push(`--event-ttl is ${eventTtl}; expected seconds, more than 0`);
  const proxy = gates.state('EventsProxy');
  if (proxy.enabled && !isHttp(eventsBackend)) {
    const found = `--events-backend is ${preview(withoutUser(eventsBackend))}`;
    errors.push(`${found}; expected an http: URL without a user, as EventsProxy is on (${proxy.why})`);
  }
  return errors;
}

/** `fetch` takes no URL with a user. */
function isHttp(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '';
}

/** An address as a message may show it: there may be a password in it. */
function withoutUser(text: string): string {
  return text.replace(/^([a-z+]*:\/*)?.*@/is, '$1…@');
}
