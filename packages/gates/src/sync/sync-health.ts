import type { FlagError, FollowHealth } from '@flagwright/core';
import type { SyncMode } from './decide.ts';
import type { Trouble } from './troubles.ts';

/** How a sync is doing. Times in ms since the epoch. Nothing in it is secret. */
export interface SyncHealth {
  /**
   * - `starting`: no round is over yet
   * - `in-step`: both sides are the same, but for what the mode holds back
   * - `pending`: some gates are to be brought over still; `errors` says why
   * - `failing`: the last round came to nothing: one side cannot be looked at, or nothing can be remembered. The local
   *   gates stay as they are
   * - `closed`
   */
  readonly status: 'starting' | 'in-step' | 'pending' | 'failing' | 'closed';
  /** Of the last round. */
  readonly mode: SyncMode | undefined;
  /** The node has been in step once. Until then it only takes. */
  readonly joined: boolean;
  /** The names of the local gates and of the baseline. */
  readonly local: string;
  readonly baseline: string;
  readonly cluster: FollowHealth;
  /** Gates that are to be brought over still. */
  readonly pending: readonly string[];
  /** Gates that differ and stay so, because the mode does not let them through. */
  readonly held: readonly string[];
  /** Pending gates that failed. */
  readonly errors: readonly ({ readonly gate: string } & Trouble)[];
  /** What on either side has the place of a gate and is none, and why: it is left alone. */
  readonly strange: readonly { readonly key: string; readonly why: string }[];
  /** Gates that the program does not declare, if it was asked: they are brought over as the others. */
  readonly undeclared: readonly string[];
  /** When both sides were last found, or made, the same. */
  readonly lastSync: number | undefined;
  /** What the last round that came to nothing failed with. */
  readonly lastError: FlagError | undefined;
  readonly lastErrorAt: number | undefined;
  /** How long the last round took, in ms. */
  readonly duration: number | undefined;
  /** Since the start: rounds, those of them that came to nothing, and gates. */
  readonly rounds: number;
  readonly failures: number;
  readonly pushed: number;
  readonly pulled: number;
  readonly conflicts: number;
}
