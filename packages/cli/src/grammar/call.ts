import type { Noun } from '../nouns/noun.ts';
import type { World } from '../world.ts';

/** A command line, taken apart. */
export interface Call {
  readonly world: World;
  /** All names of the command, as `['config', 'view']`. */
  readonly path: readonly string[];
  /** The resource, for commands that take one; undefined if none was named, and files will tell. */
  readonly noun: Noun | undefined;
  /** The arguments after it. */
  readonly args: readonly string[];
  /** What was given for an option; the last one counts. */
  text(name: string): string | undefined;
  /** All that was given for an option that may be given several times. */
  texts(name: string): readonly string[];
  /** Whether a switch was given. */
  has(name: string): boolean;
}
