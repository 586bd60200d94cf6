import { randomUUID } from 'node:crypto';
import {
  compile,
  FlagError,
  type FlagErrorCode,
  type FlagSet,
  type FlagSource,
  type FlagStore,
  limited,
  publicError,
  type Snapshot,
  share,
} from '@flagwright/core';
import { type ClusterGate, clusterDefinition } from '../cluster.ts';
import { gateKey } from '../names.ts';
import { commitTo, original } from '../sync/cluster.ts';
import { type View, viewOf } from '../sync/view.ts';
import { inTurn } from './in-turn.ts';
import { Refusal } from './problem.ts';

/** A gate that is set in the cluster. */
export interface StoredGate {
  readonly name: string;
  readonly enabled: boolean;
  readonly definition: unknown;
}

/** What is to become of a gate; undefined: unset. Throws if it must not. */
export type Decide = (gate: StoredGate | undefined) => boolean | undefined;

/** The gates of a cluster, one by one. */
export interface GateStore {
  /** Undefined: they can only be read. */
  readonly change:
    | ((name: string, decide: Decide, by: string | undefined) => Promise<StoredGate | undefined>)
    | undefined;
  list(): Promise<readonly StoredGate[]>;
  /** Throws `FlagError('NOT_FOUND')`. */
  get(name: string): Promise<StoredGate>;
}

/**
 * Other processes may write the same gate at the same time. It is looked at and decided anew then, after a wait of a
 * length left to chance, at most so many ms at first, and twice as many each time.
 */
const FIRST_WAIT = 20;
const LONGEST_WAIT = 500;

const NO_SET: FlagSet = { document: {}, revision: '' };

/** Reads and changes the gates of a store, each time as it is then. */
export function gateStore(store: FlagSource | FlagStore, timeout: number): GateStore {
  const writable = 'commit' in store && typeof store.commit === 'function' ? store : undefined;
  let set: FlagSet | undefined;
  let snapshot: Snapshot | undefined;
  let view: View | undefined;
  const turn = inTurn(timeout);

  async function look(): Promise<View> {
    const aborter = new AbortController();
    const next = share(set, await limited(store.read(set, aborter.signal), aborter, timeout));
    const now = compile(next, snapshot);
    const same = now.document === snapshot?.document && !now.internals.timed;
    view = same && view !== undefined ? view : viewOf(now);
    [set, snapshot] = [next, now];
    original(now, store.name);
    return view;
  }

  /** As it is, or as it is before anybody has written to it: the first gate makes the set. */
  const lookFirst = (): Promise<View> =>
    look().catch((thrown) => {
      if (thrown instanceof FlagError && thrown.code === 'NOT_FOUND') return viewOf(compile(NO_SET));
      throw unreadable(thrown);
    });

  async function attempt(target: FlagStore, name: string, decide: Decide, by: string | undefined) {
    const view = await lookFirst();
    const why = view.left.get(name);
    if (why !== undefined) {
      const message = `what is stored as ${gateKey(name)} is no gate: ${why}. Hint: repair or remove it in the store`;
      throw new Refusal(409, 'CONFLICT', message);
    }
    const before = view.gates.get(name);
    const enabled = decide(setGate(name, before));
    const definition = clusterDefinition(enabled, randomUUID(), before);
    try {
      await commitTo(target, { by, timeout }, [{ key: gateKey(name), next: definition, was: view.stored(name) }]);
    } catch (thrown) {
      throw refusalOf(thrown);
    }
    return enabled === undefined ? undefined : { name, enabled, definition };
  }

  return {
    async list() {
      const { gates } = await look().catch((thrown) => Promise.reject(unreadable(thrown)));
      return [...gates]
        .flatMap(([name, gate]) => setGate(name, gate) ?? [])
        .sort((one, other) => (one.name < other.name ? -1 : 1));
    },
    async get(name) {
      const view = await look().catch((thrown) => Promise.reject(unreadable(thrown)));
      const gate = setGate(name, view.gates.get(name));
      if (gate !== undefined) return gate;
      const why = view.left.get(name);
      throw notSet(name, why === undefined ? undefined : `what is stored there is no gate: ${why}`);
    },
    change:
      writable === undefined
        ? undefined
        : (name, decide, by) =>
            turn(name, async () => {
              const until = performance.now() + timeout;
              for (let failures = 0; ; failures++) {
                try {
                  return await attempt(writable, name, decide, by);
                } catch (thrown) {
                  const again =
                    thrown instanceof FlagError && thrown.code === 'CONFLICT' && !(thrown instanceof Refusal);
                  if (!again) throw thrown;
                  const wait = Math.random() * Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** failures);
                  if (performance.now() + wait >= until) throw allTheTime(name);
                  await new Promise((resolve) => setTimeout(resolve, wait));
                }
              }
            }),
  };
}

function allTheTime(name: string): FlagError {
  return new FlagError('CONFLICT', `feature gate ${name} is changed by others all the time`, { retryAfter: 1_000 });
}

/** A gate that is not set. */
export function notSet(name: string, why?: string): FlagError {
  return new FlagError('NOT_FOUND', `feature gate ${name} is not set${why === undefined ? '' : `: ${why}`}`);
}

function setGate(name: string, gate: ClusterGate | undefined): StoredGate | undefined {
  return gate?.enabled === undefined ? undefined : { name, enabled: gate.enabled, definition: gate.definition };
}

/** Why a store cannot be read. Whatever is wrong with it: the fault is on this side, and with nobody's gate. */
function unreadable(thrown: unknown): FlagError {
  const { message, retryAfter } = publicError(thrown, 'UNAVAILABLE');
  return new FlagError('UNAVAILABLE', `the gates cannot be read: ${message}`, { retryAfter });
}

/** What a store says of a commit that may concern whoever asked for it. */
const TOLD: ReadonlySet<FlagErrorCode> = new Set<FlagErrorCode>(['CONFLICT', 'MANAGED', 'UNSUPPORTED', 'UNKNOWN']);

/** Why a store did not take a commit, as others may know it. */
function refusalOf(thrown: unknown): FlagError {
  const error = publicError(thrown, 'UNKNOWN');
  if (TOLD.has(error.code)) return error;
  return new FlagError('UNAVAILABLE', `the gate was not changed: ${error.message}`, { retryAfter: error.retryAfter });
}
