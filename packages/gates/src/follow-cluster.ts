import {
  FlagError,
  type FlagSource,
  type FollowHealth,
  type FollowOptions,
  follow,
  type Issue,
  jsonEqual,
  type Snapshot,
} from '@flagwright/core';
import { clusterLayer } from './cluster-layer.ts';
import type { LiveGates } from './holder.ts';
import { issuesTeller } from './issues-teller.ts';
import { type Layer, type LayerName, layer } from './layer.ts';
import { guardedWarner } from './warn.ts';

/** Gates whose `cluster` layer follows a source. That layer is the source's: nobody else may apply or drop it. */
export interface ClusteredGates<N extends string = string> extends LiveGates<N> {
  /**
   * Resolves once the cluster has been read; rejects if the next read fails before that, while attempts go on and the
   * other layers decide.
   */
  ready(): Promise<void>;
  /** Reads the cluster now. Resolves when that read is over, whatever came of it. */
  refresh(): Promise<void>;
  health(): ClusterHealth;
  /** Stops following, and closes the source. The gates stay as they are. May be called more than once. */
  close(): Promise<void>;
}

/** How the cluster layer is doing. */
export interface ClusterHealth extends FollowHealth {
  /** What is doubtful: all `issues` of the gates, and keys of the cluster that are no gates (`strange-key`, `own-gates`). */
  readonly issues: readonly Issue[];
}

/** As of `follow`, but for the refresh interval: 4,500 ms by default, which with the read itself is less than 5 s. */
export type ClusterOptions = FollowOptions;

/** Lays what a source says of gates over those of a holder, whenever that has changed. */
export function followCluster<N extends string>(
  holder: LiveGates<N>,
  source: FlagSource,
  options: ClusterOptions,
): ClusteredGates<N> {
  const { program } = holder.current.program;
  const warn = guardedWarner(holder.current.program);
  const tell = issuesTeller(`the cluster (${source.name}) says what ${program} cannot follow`, warn);
  const known = new Set(holder.current.issues);
  let laid: Layer = holder.current.layer('cluster') ?? layer('cluster', {});
  let seen: Snapshot | undefined;
  let strange: readonly Issue[] = [];
  const issues = (): readonly Issue[] => [...holder.current.issues, ...strange];

  function take(snapshot: Snapshot): void {
    seen = snapshot;
    const next = clusterLayer(snapshot, source.name, program);
    strange = next.issues;
    if (!jsonEqual(next.layer.settings, laid.settings)) {
      laid = next.layer;
      holder.apply(laid);
    }
    tell(issues().filter((issue) => !known.has(issue)));
  }

  const follower = follow(source, {
    ...options,
    refreshInterval: options.refreshInterval ?? 4_500,
    onRead(record) {
      const { snapshot } = record;
      // what depends on the time may have changed though the flags have not
      if (snapshot !== undefined && (snapshot !== seen || snapshot.internals.timed)) take(snapshot);
      options.onRead?.(record);
    },
  });
  let missed = false;
  follower.on((event) => {
    if (event.type === 'stale') {
      warn(`the feature gates of ${program} may be out of date: ${away(source, event.cause)}`);
    }
    if (event.type === 'error' && !missed) {
      missed = true;
      warn(`the feature gates of ${program} do without the cluster until it is there: ${away(source, event.cause)}`);
    }
  });

  const check = (name: LayerName): void => {
    if (name !== 'cluster') return;
    const message = `the cluster layer of these gates follows ${source.name}; expected another layer, or an edit of the store`;
    throw new FlagError('INVALID_ARGUMENT', message);
  };
  return {
    get current() {
      return holder.current;
    },
    enabled: holder.enabled,
    on: holder.on,
    apply(...layers) {
      for (const { name } of layers) check(name);
      holder.apply(...layers);
    },
    drop(name) {
      check(name);
      holder.drop(name);
    },
    ready: async () => void (await follower.ready()),
    refresh: follower.refresh,
    health: () => ({ ...follower.health(), issues: issues() }),
    close: follower.close,
  };
}

const away = ({ name }: FlagSource, { message }: FlagError): string => `${name} cannot be read: ${message}`;
