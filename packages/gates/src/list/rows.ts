import type { Gates } from '../gates.ts';
import { checkGatesGiven } from '../given-gates.ts';
import type { Stage } from '../maturity.ts';
import { gateKey, gateName } from '../names.ts';
import type { GateState } from '../state.ts';

/** What a listing says of one gate: plain JSON. */
export interface GateRow {
  readonly name: string;
  /** `feature.` and the name, as it is in stores and among flags. */
  readonly key: string;
  /** What it opens, in the words of Sunbeam: a backend is a gate under `storage.`, a feature a class of its own. */
  readonly type: 'feature-gate' | 'feature' | 'storage-backend';
  readonly stage: Stage;
  /** What it is without any setting. */
  readonly default: boolean;
  readonly enabled: boolean;
  /** The layer that decided, or `locked`, `default`, `requirement`. */
  readonly source: GateState['layer'];
  /** The decision in words. */
  readonly why: string;
  readonly since: string;
  readonly until?: string;
  /** The running version has reached `until`. */
  readonly overdue: boolean;
  readonly locked: boolean;
  readonly owner: string;
  readonly description: string;
  readonly requires: readonly string[];
  readonly replacement?: string;
  readonly proposal?: string;
}

export interface RowOptions {
  /** Only gates of these stages. Default: all. */
  readonly stages?: readonly Stage[] | undefined;
  /** The names, or keys, of gates that are classes of their own, for `type`. */
  readonly features?: readonly string[] | undefined;
}

/** One row for each gate, sorted by name, with what it is now and where that comes from. Tells no gate's use. */
export function gateRows(gates: Gates, { stages, features = [] }: RowOptions = {}): readonly GateRow[] {
  checkGatesGiven(gates);
  const classes = new Set(features.map(gateName));
  return gates
    .list()
    .filter(({ stage }) => stages === undefined || stages.includes(stage))
    .map((state) => rowOf(state, classes));
}

function rowOf(state: GateState, classes: ReadonlySet<string>): GateRow {
  const { name, until, replacement, proposal } = state;
  return {
    name,
    key: gateKey(name),
    type: name.startsWith('storage.') ? 'storage-backend' : classes.has(name) ? 'feature' : 'feature-gate',
    stage: state.stage,
    default: state.default,
    enabled: state.enabled,
    source: state.layer,
    why: state.why,
    since: state.since,
    ...(until === undefined ? {} : { until }),
    overdue: state.overdue,
    locked: state.locked,
    owner: state.owner,
    description: state.description,
    requires: state.requires,
    ...(replacement === undefined ? {} : { replacement }),
    ...(proposal === undefined ? {} : { proposal }),
  };
}
