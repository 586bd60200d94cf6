import type { LDClient, LDContext } from './client.ts';

/** Somebody to ask for; nothing is sent to LaunchDarkly of it. */
const NOBODY: LDContext = { kind: 'user', key: 'flagwright', anonymous: true };

/** How often flags are listed at most, in ms: 5,000 of them take some 10 ms. */
const REST = 1_000;

/** The keys of a client's flags, kept up to date. */
export interface KeyList {
  /** Undefined as long as they are not known. */
  keys(): readonly string[] | undefined;
  /** Lists the flags of a client, from now on of this one. */
  read(client: LDClient): Promise<void>;
  /** Lists them again after some have changed: at once, or within a second if that was done just now. */
  changed(flags: readonly string[]): Promise<void>;
  end(): void;
}

/** An empty list. */
export function keyList(): KeyList {
  let keys: ReadonlySet<string> | undefined;
  let from: LDClient | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;

  async function read(client: LDClient): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    from = client;
    readAt = performance.now();
    const known = await keysOf(client);
    if (from === client && known !== undefined) keys = new Set(known);
  }

  return {
    keys: () => keys && [...keys],
    read,
    async changed(flags) {
      const client = from;
      if (client === undefined) return;
      const wait = readAt + REST - performance.now();
      if (wait <= 0) return read(client);
      // those not known before are new; whether others are gone is found out later
      keys = new Set([...(keys ?? []), ...flags]);
      timer ??= setTimeout(() => void read(client), wait).unref();
    },
    end() {
      clearTimeout(timer);
      from = undefined;
      keys = undefined;
    },
  };
}

/** The keys of a client's flags, or undefined if it does not know. Its only way to list them evaluates each. */
async function keysOf(client: LDClient): Promise<readonly string[] | undefined> {
  try {
    const state = await client.allFlagsState(NOBODY, { detailsOnlyForTrackedFlags: true });
    return state.valid ? Object.keys(state.allValues()) : undefined;
  } catch {
    return undefined;
  }
}
