import type { FlagError } from '@flagwright/core';
import type { LDClient } from './client.ts';
import { refusalOf } from './refusal.ts';

/** What happens to a client. */
export interface SessionEvents {
  /** It has flags; once. */
  ready(): void;
  /** It has given up for good; once. */
  refused(cause: FlagError): void;
  /** A flag may answer otherwise, as it already does. */
  updated(key: string): void;
  /** The status with which it said that it gave up. */
  gaveUp(): number | undefined;
}

/** A client that is listened to. */
export interface Session {
  readonly client: LDClient;
  /** Tells of updates from now on. */
  follow(): void;
  /** Listens no more. */
  leave(): void;
}

/** Listens to a client. What it may have told before is told now. */
export function sessionOf(client: LDClient, events: SessionEvents): Session {
  let state: 'waiting' | 'ready' | 'refused' | 'left' = 'waiting';

  const ready = (): void => {
    if (state !== 'waiting') return;
    state = 'ready';
    events.ready();
  };
  const failed = (thrown: unknown): void => {
    if (state === 'refused' || state === 'left') return;
    const refusal = refusalOf(thrown, events.gaveUp());
    // anything else, as flags that it cannot read, it goes on after
    if (refusal === undefined) return;
    state = 'refused';
    events.refused(refusal);
  };
  const updated = (update: unknown): void => events.updated((update as { readonly key: string }).key);

  client.on('ready', ready);
  client.on('failed', failed);
  // what `waitForInitialization` said first it says for ever: a failure, though there may be flags by now
  if (client.initialized()) ready();
  // tells of a failure that was before; a timeout of 0 is none
  else client.waitForInitialization({ timeout: 0 }).then(ready, failed);

  return {
    client,
    follow: () => {
      client.on('update', updated);
    },
    leave() {
      state = 'left';
      client.off('ready', ready);
      client.off('failed', failed);
      client.off('update', updated);
    },
  };
}
