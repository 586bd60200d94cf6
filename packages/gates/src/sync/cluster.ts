import {
  type Awaitable,
  compile,
  type Edit,
  FlagError,
  type FlagSet,
  type FlagStore,
  limited,
  type Snapshot,
  share,
} from '@flagwright/core';

/** The store of a cluster, as a round needs it. */
export interface Cluster {
  readonly name: string;
  /**
   * The gates as the cluster has them: never from before what this node last committed. `anew`: by a read that begins
   * after this call. Throws `FlagError`, for a copy that is served in the place of the cluster too.
   */
  read(anew: boolean): Promise<Snapshot>;
  commit(edits: readonly Edit[]): Promise<string>;
}

/** How to deal with a store. */
export interface StoreTerms {
  /** The author of commits, for stores that keep it. */
  readonly by?: string | undefined;
  /** A read or a commit that takes longer, in ms, has failed. */
  readonly timeout: number;
  /** Whether a set that is not there is to be made, empty. */
  readonly creates: () => Awaitable<boolean>;
}

/** A store that is read whenever it is asked, by nobody else. */
export function directCluster(store: FlagStore, terms: StoreTerms): Cluster {
  let set: FlagSet | undefined;
  let snapshot: Snapshot | undefined;
  return {
    name: store.name,
    async read() {
      const aborter = new AbortController();
      const next = share(set, await limited(readFrom(store, terms, set, aborter.signal), aborter, terms.timeout));
      snapshot = compile(next, snapshot);
      set = next;
      return original(snapshot, store.name);
    },
    commit: (edits) => commitTo(store, terms, edits),
  };
}

/** Reads a store. One that has no such set gets it, if this node was told to begin. */
export async function readFrom(
  store: FlagStore,
  { by, creates }: Pick<StoreTerms, 'by' | 'creates'>,
  previous: FlagSet | undefined,
  signal: AbortSignal | undefined,
): Promise<FlagSet> {
  try {
    return await store.read(previous, signal);
  } catch (thrown) {
    const { code, message } = FlagError.from(thrown, 'UNAVAILABLE');
    if (code !== 'NOT_FOUND') throw thrown;
    if (!(await creates())) {
      const hint = 'Hint: one node begins, with bootstrap: true';
      throw new FlagError(code, `${message}. ${hint}`, { cause: thrown });
    }
  }
  await store.commit([], by);
  return store.read(undefined, signal);
}

/** Commits. Throws `FlagError('UNKNOWN')` if that takes too long: it may come to be all the same. */
export async function commitTo(
  store: FlagStore,
  { by, timeout }: Pick<StoreTerms, 'by' | 'timeout'>,
  edits: readonly Edit[],
): Promise<string> {
  const aborter = new AbortController();
  try {
    return await limited(store.commit(edits, by), aborter, timeout);
  } catch (thrown) {
    if (!aborter.signal.aborted) throw thrown;
    throw new FlagError('UNKNOWN', `${store.name} has not answered to a commit within ${timeout} ms`);
  }
}

/** A snapshot that the cluster itself has served. Throws `FlagError` for a copy, which may be older than what is known. */
export function original(snapshot: Snapshot, name: string): Snapshot {
  if (snapshot.stale === undefined) return snapshot;
  const { message } = FlagError.from(snapshot.stale.cause);
  throw new FlagError('UNAVAILABLE', `${name} serves a copy, because its origin is away: ${message}`);
}
