/**
 * Takes things away, in batches: one call at a time, never for more than one batch. Rejecting means that nothing was
 * taken, and the batch is offered again, the same frozen array; with `FlagError` it says more:
 *
 * - `INVALID_ARGUMENT`: refused for good, not to be offered again
 * - `TOO_LARGE`: to be offered in halves; one item that is too large alone is refused for good
 * - `retryAfter`: not to be asked again before, in ms
 *
 * So everything arrives at least once, or is counted as dropped or rejected.
 */
export interface Exporter<T> {
  /** A short name for metrics and messages: `file`. Never an address; one that looks like it is refused. */
  readonly name: string;
  /** Resolves once the items are taken. `signal` says that nobody waits any more. */
  export(items: readonly T[], signal: AbortSignal): Promise<void>;
  /** Makes what was taken as safe as can be: on the disk, say. Exports wait for it, but no longer than `closeTimeout`. */
  flush?(signal: AbortSignal): Promise<void>;
  /** Ends what the exporter itself opened. Called once, after the last export. */
  close?(): Promise<void>;
}
