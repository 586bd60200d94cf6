import { FlagError } from '@flagwright/core';
import type { Baseline, Memory } from './baseline.ts';
import type { Cluster } from './cluster.ts';
import type { SyncMode } from './decide.ts';
import type { Change, SyncEvent } from './events.ts';
import { ledgerOf } from './ledger.ts';
import type { LocalGates } from './local.ts';
import { looker } from './look.ts';
import { passOf } from './pass.ts';
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

export interface RoundOptions {
  readonly mode: SyncMode;
  /** Read the cluster, even if it is known. */
  readonly anew: boolean;
  /** Try what failed before its time. */
  readonly force: boolean;
}

/** What a round did, and what it left. */
export interface SyncReport {
  readonly mode: SyncMode;
  /** The revision of the cluster that was looked at last. */
  readonly revision: string;
  readonly pushed: readonly Change[];
  readonly pulled: readonly Change[];
  /** Gates that are to be brought over still. */
  readonly pending: readonly string[];
  /** Some of the pending ones have disappeared here, and that counts in so many ms. */
  readonly settling: number | undefined;
  /** Gates that differ and stay so, because the mode does not let them through. */
  readonly held: readonly string[];
  /** Those of the pending ones that failed. */
  readonly errors: ReadonlyMap<string, Trouble>;
  /** All gates that either side knows. */
  readonly gates: readonly string[];
  /** What on either side has the place of a gate and is none, and why: it is left alone. */
  readonly strange: ReadonlyMap<string, string>;
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
