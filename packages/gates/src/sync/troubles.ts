import { type FlagError, type FlagErrorCode, retryDelay } from '@flagwright/core';

/** A gate that could not be brought over, and is tried again. Times in ms since the epoch. */
export interface Trouble {
  readonly code: FlagErrorCode;
  readonly message: string;
  /** How often it failed in a row. */
  readonly attempts: number;
  readonly since: number;
  /** It is not tried again sooner. */
  readonly next: number;
}

/** Gates that failed, each with its own back-off, so that none keeps the others waiting. */
export interface Troubles {
  /** Whether a gate may be tried now. */
  due(name: string): boolean;
  failed(name: string, error: FlagError): void;
  /** Forgets all gates but these. */
  keep(names: ReadonlySet<string>): void;
  succeeded(name: string): void;
  readonly all: ReadonlyMap<string, Trouble>;
}

export function troubles(clock: () => number, random: () => number): Troubles {
  const all = new Map<string, Trouble>();
  return {
    all,
    due: (name) => (all.get(name)?.next ?? 0) <= clock(),
    failed(name, error) {
      const now = clock();
      const { attempts = 0, since = now } = all.get(name) ?? {};
      const next = now + retryDelay(attempts + 1, error, random);
      all.set(name, { code: error.code, message: error.message, attempts: attempts + 1, since, next });
    },
    keep(names) {
      for (const name of all.keys()) if (!names.has(name)) all.delete(name);
    },
    succeeded: (name) => void all.delete(name),
  };
}
