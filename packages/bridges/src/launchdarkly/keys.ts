import type { LDClient } from './client.ts';
import { flagsOf } from './listing.ts';

/** How often flags are listed after changes, in ms: 5,000 of them take some ms. */
const REST = 1_000;

/** The keys of a client's flags, kept up to date. */
export interface KeyList {
  /** Undefined as long as they are not known. */
  keys(): readonly string[] | undefined;
  /** Lists the flags of a client, from now on of this one. Whether they came in anew since, as far as that can be told. */
  read(client: LDClient): Promise<boolean>;
  /** Takes flags that have changed for there, and lists them again within a second: some may be gone. */
  changed(flags: readonly string[]): void;
  end(): void;
}

/** An empty list. */
export function keyList(): KeyList {
  let keys: ReadonlySet<string> | undefined;
  let from: LDClient | undefined;
  let sample: object | undefined;
  /** Told of while a list is on its way. */
  let newer: string[] = [];
  let readAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;

  async function read(client: LDClient): Promise<boolean> {
    clearTimeout(timer);
    timer = undefined;
    from = client;
    readAt = performance.now();
    newer = [];
    const listed = await flagsOf(client);
    if (from !== client || listed === undefined) return true;
    keys = new Set([...listed.keys, ...newer]);
    const fresh = sample === undefined || sample !== listed.sample;
    sample = listed.sample;
    return fresh;
  }

  return {
    keys: () => keys && [...keys],
    read,
    changed(flags) {
      const client = from;
      if (client === undefined || keys === undefined) return;
      keys = new Set([...keys, ...flags]);
      newer.push(...flags);
      const wait = readAt + REST - performance.now();
      if (wait <= 0) void read(client);
      else timer ??= setTimeout(() => void read(client), wait).unref();
    },
    end() {
      clearTimeout(timer);
      from = undefined;
      keys = undefined;
    },
  };
}
