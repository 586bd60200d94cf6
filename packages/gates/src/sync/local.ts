import type { Awaitable, Unsubscribe } from '@flagwright/core';
import type { Value } from './entry.ts';

/** The gates of one node, where its users set them: a file, or the configuration of whatever runs the program. */
export interface LocalGates {
  /** A short name for messages and health, as the path of a file. Never a secret. */
  readonly name: string;
  /** Where to keep what the sync remembers, unless told otherwise: the path of a file. */
  readonly baseline?: string | undefined;
  /**
   * Gates that disappear count as unset once what is left has stood still for so long, in ms: what is read may be half
   * written. Default: 0, they do at once.
   */
  readonly settle?: number | undefined;
  /**
   * The gates that are set, by name without `feature.`; undefined if there is nothing that could hold any. Throws
   * `FlagError`, and nothing is changed then on either side.
   */
  read(): Promise<ReadonlyMap<string, boolean> | undefined>;
  /**
   * Sets gates, and unsets those that are undefined: all or none, and nothing else. `was` is what `read` gave, null for
   * nothing: if one of these gates is another by now, or what held them is gone, throws `FlagError('CONFLICT')`.
   */
  write(changes: ReadonlyMap<string, Value>, was?: ReadonlyMap<string, boolean> | null): Promise<void>;
  /** Asks for hints at changes. They may be lost, doubled or early. */
  subscribe?(changed: () => void): Awaitable<Unsubscribe>;
}
