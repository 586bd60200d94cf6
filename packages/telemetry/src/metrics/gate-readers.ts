import type { Reader, Sample } from './family.ts';
import type { Asked, GateSyncCounts, ShownGate } from './gate-table.ts';
import { cleaned, LONGEST_LABEL } from './labelled.ts';

/** More gates in one process than anybody has. */
const MOST_GATES = 1_000;

/** Reads how gates stand, and what their sync has done. */
export interface GateReaders {
  readonly gates: Reader<Sample>;
  readonly gateSync: Reader<Sample>;
  readonly gateSyncConflicts: Reader<Sample>;
  readonly gateSyncFailures: Reader<Sample>;
  readonly gateSyncPending: Reader<Sample>;
  readonly gateSyncLastSuccess: Reader<Sample>;
}

/** The readers of those who are asked at each collection. */
export function gateReaders(gates: Asked<readonly ShownGate[]>, syncs: Asked<GateSyncCounts>): GateReaders {
  const keep = (): void => undefined;
  /** A gauge of all syncs together; nothing as long as there is none. */
  const gauge = (of: (counts: readonly GateSyncCounts[]) => number | undefined): Reader<Sample> => ({
    read() {
      const counts = syncs.all();
      const value = counts.length === 0 ? undefined : of(counts);
      return value === undefined ? [] : [{ labels: {}, value }];
    },
    // it shows what is
    reset: keep,
  });
  const counter = (...counted: readonly [member: Counted, labels: Sample['labels']][]): Reader<Sample> => {
    // a sync counts on when metrics begin again
    const before = new Map<Counted, number>();
    return {
      read() {
        const counts = syncs.all();
        if (counts.length === 0) return [];
        return counted.map(([member, labels]) => ({
          labels,
          value: Math.max(0, sum(counts, member) - (before.get(member) ?? 0)),
        }));
      },
      reset() {
        const counts = syncs.all();
        for (const [member] of counted) before.set(member, sum(counts, member));
      },
    };
  };

  return {
    gates: { read: () => gateSamples(gates.all()), reset: keep },
    gateSync: counter(['pushed', { direction: 'push' }], ['pulled', { direction: 'pull' }]),
    gateSyncConflicts: counter(['conflicts', {}]),
    gateSyncFailures: counter(['failures', {}]),
    gateSyncPending: gauge((counts) => counts.reduce((total, { pending }) => total + pending.length, 0)),
    // the one that is furthest behind
    gateSyncLastSuccess: gauge((counts) => {
      const times = counts.map(({ lastSync }) => lastSync ?? Number.NaN);
      const earliest = Math.min(...times) / 1_000;
      return Number.isFinite(earliest) ? earliest : undefined;
    }),
  };
}

type Counted = 'pushed' | 'pulled' | 'conflicts' | 'failures';

const sum = (counts: readonly GateSyncCounts[], member: Counted): number =>
  counts.reduce((total, { [member]: value }) => total + (Number.isFinite(value) ? value : 0), 0);

/** Each name once: two series with the same labels would make a scrape fail. */
function gateSamples(lists: readonly (readonly ShownGate[])[]): readonly Sample[] {
  const samples = new Map<string, Sample>();
  for (const { name, stage, enabled } of lists.flat()) {
    if (typeof name !== 'string' || name.length > LONGEST_LABEL || samples.size >= MOST_GATES) continue;
    const label = cleaned(name);
    if (samples.has(label)) continue;
    const labels = { name: label, stage: cleaned(stage.slice(0, LONGEST_LABEL)) };
    samples.set(label, { labels, value: enabled ? 1 : 0 });
  }
  return [...samples.values()];
}
