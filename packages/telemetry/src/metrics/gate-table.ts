import { FlagError, isRecord, preview, warnThrown } from '@flagwright/core';

/** The part of a gate that metrics show. */
export interface ShownGate {
  readonly name: string;
  readonly stage: string;
  readonly enabled: boolean;
}

/** The gates of a program, or a holder of those in use, as `liveGates` of `@flagwright/gates` is one. */
export type ShownGates = { list(): readonly ShownGate[] } | { readonly current: { list(): readonly ShownGate[] } };

/** What a sync of gates has done since it began. */
export interface GateSyncCounts {
  /** Gates that it wrote to the cluster. */
  readonly pushed: number;
  /** Gates that it took from the cluster. */
  readonly pulled: number;
  /** Gates that had been changed on both sides. */
  readonly conflicts: number;
  /** Attempts that came to nothing. */
  readonly failures: number;
  /** Gates that are still to be brought over. */
  readonly pending: readonly unknown[];
  /** When both sides were last known to agree, in ms since the epoch; undefined: never. */
  readonly lastSync: number | undefined;
}

/** What tells how a sync is doing, as `syncGates` of `@flagwright/gates/sync` does. */
export interface ShownGateSync {
  health(): GateSyncCounts;
}

/** Metrics that show gates: they ask when somebody collects, and are told nothing. */
export interface GateMetrics {
  /**
   * Shows the gates of a program, of live ones as they stand then. Of several with a gate of one name the first counts.
   * Returns how to stop.
   */
  showGates(gates: ShownGates): () => void;
  /** Shows what a sync of gates has done; of several the sum. Returns how to stop. */
  showGateSync(sync: ShownGateSync): () => void;
}

/** Who is asked, when somebody collects. */
export interface Asked<T> {
  /** What each of them says now; one that throws is told of in a warning, once, and says nothing. */
  all(): readonly T[];
  /** Adds one; returns how to take it away. */
  add(ask: () => T): () => void;
}

/** What gates say of themselves, taken down, so that nothing of theirs is called later. Throws for what is no gates. */
export function gatesNow(shown: ShownGates): readonly ShownGate[] {
  const list: unknown = ('current' in shown ? shown.current : shown).list();
  if (!Array.isArray(list)) throw wrong('list()', list, 'a list of gates');
  return list.map((gate: unknown) => {
    if (!isRecord(gate)) throw wrong('list()', gate, 'gates, each with name, stage and enabled');
    const { name, stage, enabled } = gate;
    return { name: name as string, stage: String(stage), enabled: enabled === true };
  });
}

/** What a sync says of itself, taken down; what is no number is nought. Throws for what is no health of a sync. */
export function countsNow(sync: ShownGateSync): GateSyncCounts {
  const health: unknown = sync.health();
  if (!isRecord(health)) throw wrong('health()', health, 'pushed, pulled, conflicts, failures, pending and lastSync');
  const { pushed, pulled, conflicts, failures, pending, lastSync } = health;
  if (!Array.isArray(pending)) throw wrong('pending of health()', pending, 'a list');
  const number = (value: unknown): number => (typeof value === 'number' ? value : 0);
  return {
    pushed: number(pushed),
    pulled: number(pulled),
    conflicts: number(conflicts),
    failures: number(failures),
    pending,
    lastSync: typeof lastSync === 'number' ? lastSync : undefined,
  };
}

function wrong(what: string, said: unknown, expected: string): FlagError {
  return new FlagError('INVALID_ARGUMENT', `${what} gave ${preview(said)}; expected ${expected}`);
}

/** Nobody is asked yet. `what` names them in a warning. */
export function asked<T>(what: string): Asked<T> {
  const asking = new Set<{ readonly ask: () => T }>();
  let warned = false;
  return {
    all: () =>
      Array.from(asking).flatMap(({ ask }) => {
        try {
          return [ask()];
        } catch (thrown) {
          if (!warned) warnThrown(what, thrown);
          warned = true;
          return [];
        }
      }),
    add(ask) {
      const one = { ask };
      asking.add(one);
      return () => void asking.delete(one);
    },
  };
}
