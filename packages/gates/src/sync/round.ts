import { FlagError } from '@flagwright/core';
import type { Baseline, Memory } from './baseline.ts';
import type { Cluster } from './cluster.ts';
import type { SyncMode } from './decide.ts';
import type { Change, SyncEvent } from './events.ts';
import { ledgerOf } from './ledger.ts';
import type { LocalGates } from './local.ts';
import { looker } from './look.ts';
import { type Passed, passOf, type RoundOptions } from './pass.ts';
import type { Trouble, Troubles } from './troubles.ts';

/** What rounds work with. */
export interface RoundParts {
  readonly local: LocalGates;
  readonly cluster: Cluster;
  /** Open already. */
  readonly baseline: Baseline;
  /** What the baseline held. */
  readonly memory: Memory;
  readonly troubles: Troubles;
  readonly clock: () => number;
  /** Makes an id for a write that no other has: letters, digits and `-`. */
  readonly newId: () => string;
  readonly tell: (event: SyncEvent) => void;
  /** Throws once nothing more may be begun. */
  readonly proceed: () => void;
}

/** What the passes of a round did, and what they left. */
export interface SyncReport extends Omit<Passed, 'again'> {
  readonly mode: SyncMode;
  /** Those of the pending ones that failed. */
  readonly errors: ReadonlyMap<string, Trouble>;
}

/** The rounds of one node, one at a time. */
export interface Rounds {
  readonly memory: Memory;
  /** Looks at both sides and brings over what differs. Throws `FlagError` if one of them cannot be looked at. */
  round(options: RoundOptions): Promise<SyncReport>;
}

/** Somebody else may write at the same time: so often is looked and decided anew. */
const MOST_PASSES = 8;

/** The rounds of a node. */
export function roundsOf(parts: RoundParts): Rounds {
  const { local, baseline, clock, troubles, proceed } = parts;
  const ledger = ledgerOf(baseline, parts.memory);
  const pass = passOf({ ...parts, ledger, look: looker(local, clock) });
  return {
    get memory() {
      return ledger.memory;
    },
    async round(options) {
      const pushed: Change[] = [];
      const pulled: Change[] = [];
      for (let passes = 1; ; passes++) {
        proceed();
        const done = await pass(passes === 1 ? options : { ...options, anew: true, force: false });
        pushed.push(...done.pushed);
        pulled.push(...done.pulled);
        const { again, pending, settling, held, gates, strange, revision } = done;
        if (again && passes < MOST_PASSES) continue;
        const busy = new FlagError('CONFLICT', 'somebody else wrote at the same time, again and again');
        if (again)
          for (const name of pending)
            if (settling === undefined && !troubles.all.has(name)) troubles.failed(name, busy);
        const errors = new Map(troubles.all);
        return { mode: options.mode, revision, pushed, pulled, pending, settling, held, errors, gates, strange };
      }
    },
  };
}
