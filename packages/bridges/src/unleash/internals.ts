import type { UnleashClient, UnleashContext, UnleashVariant } from './client.ts';

// What the client keeps to itself and a truthful resolver needs. Each part is looked for, and done without if a version of
// the client has none. Read in unleash-client 6.12.1.

interface Insides {
  readonly ready?: unknown;
  readonly staticContext?: UnleashContext;
  /** Evaluates without counting. */
  readonly client?: { forceGetVariant?(name: string, context: UnleashContext): UnleashVariant };
  readonly repository?: {
    readonly stopped?: unknown;
    /** The server gave an answer, whether it could be taken in or not. */
    connected?: unknown;
    etag?: unknown;
    bootstrapOverride?: unknown;
    on?(event: string, listener: () => void): unknown;
    fetch?(): Promise<void>;
    getSegment?(id: unknown): unknown;
  };
  readonly metrics?: { timer?: NodeJS.Timeout | undefined };
}

const insides = (client: UnleashClient): Insides => client as unknown as Insides;

/** Whether the client answers from definitions, wherever it has them from. */
export function canAnswer(client: UnleashClient): boolean {
  const { ready } = insides(client);
  if (typeof ready === 'boolean') return ready;
  return client.isSynchronized() || client.getFeatureToggleDefinitions(false).length > 0;
}

/** Whether the client ever had definitions from the server. It calls itself synchronised after a bootstrap, too. */
export function hasFetched(client: UnleashClient): boolean {
  const connected = insides(client).repository?.connected;
  return typeof connected === 'boolean' ? connected : client.isSynchronized();
}

/** Whether the client was destroyed: it answers on, and asks no more. */
export function isDestroyed(client: UnleashClient): boolean {
  return insides(client).repository?.stopped === true;
}

/** Asks the server again after the client has stopped to, and for good if that works; false if this cannot be done. */
export function fetchAgain(client: UnleashClient): boolean {
  const fetched = insides(client).repository?.fetch?.();
  fetched?.catch(() => undefined);
  return fetched !== undefined;
}

/**
 * Has the client ask for everything again, after an answer that it could not take in: it remembers that as read, and as
 * its first, so that it would not use a bootstrap any more.
 */
export function forgetAnswer(client: UnleashClient, first: boolean): void {
  const { repository } = insides(client);
  if (repository === undefined) return;
  repository.etag = undefined;
  if (first) repository.connected = false;
}

/** Has the client leave out a bootstrap that comes after the server's flags: it tells of it as of those. */
export function leaveBootstrap(client: UnleashClient): void {
  const { repository } = insides(client);
  if (repository?.bootstrapOverride === true) repository.bootstrapOverride = false;
}

/** The segment of an id; undefined if there is none. */
export function segmentOf(client: UnleashClient, id: unknown): unknown {
  return insides(client).repository?.getSegment?.(id);
}

/** What the client adds to a context that lacks it. */
export function defaultsOf(client: UnleashClient): UnleashContext {
  return insides(client).staticContext ?? {};
}

/** How to evaluate without being counted; undefined if this cannot be done. Impressions of the flag are not told either. */
export function uncounted(
  client: UnleashClient,
): ((name: string, context: UnleashContext) => UnleashVariant) | undefined {
  const { client: inner, staticContext } = insides(client);
  if (typeof inner?.forceGetVariant !== 'function') return undefined;
  return (name, context) => inner.forceGetVariant!(name, { ...staticContext, ...context });
}

/** Forgets the timer of the metrics: sending them at once starts another, and the old one would not be stopped. */
export function forgetMetricsTimer(client: UnleashClient): void {
  clearTimeout(insides(client).metrics?.timer);
}

/** Bears with a request of a destroyed client that fails: it would end the process, as nobody listens any more. */
export function bearErrors(client: UnleashClient): void {
  insides(client).repository?.on?.('error', () => undefined);
}
