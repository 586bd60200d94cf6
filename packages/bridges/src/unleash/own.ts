import { FlagError } from '@flagwright/core';
import type { UnleashClient } from './client.ts';
import { bearable, type MakeHeaders } from './headers.ts';
import { bearErrors, forgetMetricsTimer, isDestroyed } from './internals.ts';
import { type Line, lineOf } from './line.ts';
import type { UnleashConnection } from './options.ts';

/** How long metrics may take to be sent at the end, in ms. */
const FLUSH_WITHIN = 2_000;

/** The connections of clients that were made here. */
const lines = new WeakMap<UnleashClient, Line>();
/** Clients that were ended here, or are being ended. */
const ended = new WeakSet<UnleashClient>();

/** Refuses a client that is at its end with `FlagError('INVALID_ARGUMENT')`: it would answer from old flags for ever. */
export function checkAlive(client: UnleashClient): void {
  if (!ended.has(client) && !isDestroyed(client)) return;
  const hint = 'Hint: make a new one; a function must make one each time';
  throw new FlagError('INVALID_ARGUMENT', `the Unleash client was destroyed. ${hint}`);
}

/** Makes a client that is not started. Throws `FlagError('UNSUPPORTED')` without the package. */
export async function makeClient(connection: UnleashConnection): Promise<UnleashClient> {
  const { url, token, appName = 'flagwright', sendEvents = true, backupPath, options = {} } = connection;
  const { environment, projectName, instanceId, refreshInterval, bootstrap } = connection;
  const { Unleash, InMemStorageProvider } = await load();
  const given = Object.entries({ environment, projectName, instanceId, refreshInterval, bootstrap, backupPath });
  // the client's own backup, in the temporary directory and named after the application alone, may be of another server,
  // or of anybody
  const storage = 'storageProvider' in options || backupPath !== undefined;
  const line = 'httpOptions' in options ? undefined : await lineOf(process.env);
  const { customHeadersFunction: makeHeaders } = options;
  const config = {
    ...(line === undefined ? undefined : { httpOptions: { agent: line.agent } }),
    ...(storage ? undefined : { storageProvider: new InMemStorageProvider() }),
    ...options,
    ...(typeof makeHeaders === 'function'
      ? { customHeadersFunction: bearable(makeHeaders as MakeHeaders) }
      : undefined),
    ...Object.fromEntries(given.filter(([, value]) => value !== undefined)),
    url,
    appName,
    ...(sendEvents ? undefined : { disableMetrics: true }),
    ...(token === undefined ? undefined : { customHeaders: { ...headersOf(options), Authorization: token } }),
    disableAutoStart: true,
    skipInstanceCountWarning: true,
  };
  try {
    const made: unknown = new Unleash(config as unknown as ConstructorParameters<typeof Unleash>[0]);
    const client = made as UnleashClient;
    if (line !== undefined) lines.set(client, line);
    return client;
  } catch {
    // what it says may repeat an option
    throw new FlagError('INVALID_ARGUMENT', 'unleash-client refuses the options it was given');
  }
}

function headersOf({ customHeaders }: Readonly<Record<string, unknown>>): object {
  return typeof customHeaders === 'object' && customHeaders !== null ? customHeaders : {};
}

/** Ends a client: what was counted is sent, if that is done within so many ms. Never rejects. */
export async function endClient(client: UnleashClient, flushWithin: number = FLUSH_WITHIN): Promise<void> {
  ended.add(client);
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, flushWithin);
  });
  forgetMetricsTimer(client);
  try {
    // if nobody listens it prints its errors, and in them the url
    client.on('error', () => undefined);
    await Promise.race([client.flushMetrics(), limit]);
  } catch {
    // metrics are not worth a failure
  } finally {
    clearTimeout(timer);
  }
  try {
    client.destroy();
  } catch {
    // it is not ours to mend
  }
  bearErrors(client);
  lines.get(client)?.end();
}

async function load(): Promise<typeof import('unleash-client')> {
  try {
    return await import('unleash-client');
  } catch (cause) {
    const hint = 'Hint: npm install unleash-client';
    throw new FlagError('UNSUPPORTED', `flags of Unleash need the package unleash-client. ${hint}`, { cause });
  }
}
