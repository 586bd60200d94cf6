import type { StoreSpec } from '../crew/stores.ts';

/** A server behind a proxy, and a way to look at its flags that is not ours. */
export interface Backend {
  readonly name: string;
  /** A store for a process; `id` is another one for each. */
  spec(id: number): StoreSpec;
  /** The definitions of the flags by key, asked for by a plain client past the proxy. */
  content(): Promise<ReadonlyMap<string, unknown>>;
  /** Whether the server answers a plain client, by the way the stores take. Takes a few hundred ms at most. */
  answers(): Promise<boolean>;
  /** From now on the server does not answer, and connections stay open. */
  silence(): Promise<void>;
  /** The end of `silence`. */
  speak(): Promise<void>;
  close(): Promise<void>;
}
