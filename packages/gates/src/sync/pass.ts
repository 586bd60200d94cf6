import { type Edit, FlagError } from '@flagwright/core';
import { clusterDefinition } from '../cluster.ts';
import { gateKey } from '../names.ts';
import { NOTHING } from './baseline.ts';
import type { Cluster } from './cluster.ts';
import type { SyncMode } from './decide.ts';
import type { Entry, Value } from './entry.ts';
import type { Change, SyncEvent } from './events.ts';
import type { Ledger } from './ledger.ts';
import type { LocalGates } from './local.ts';
import type { looker } from './look.ts';
import { lossGuard } from './loss-guard.ts';
import { agreedOn, beforePull, beforePush, planOf, remembered, type Step } from './plan.ts';
import { pushAll } from './push.ts';
import type { Troubles } from './troubles.ts';
import { viewOf } from './view.ts';

/** What passes work with. */
export interface PassParts {
  readonly local: LocalGates;
  readonly cluster: Cluster;
  readonly ledger: Ledger;
  readonly look: ReturnType<typeof looker>;
  readonly troubles: Troubles;
  readonly newId: () => string;
  readonly tell: (event: SyncEvent) => void;
  readonly proceed: () => void;
}

/** What a round, and each pass of it, is asked. */
export interface RoundOptions {
  readonly mode: SyncMode;
  /** Read the cluster, even if it is known. */
  readonly anew: boolean;
  /** Try what failed before its time. */
  readonly force: boolean;
}

/** What came of one pass. */
export interface Passed {
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
  /** All gates that either side knows. */
  readonly gates: readonly string[];
  /** What on either side has the place of a gate and is none, and why: it is left alone. */
  readonly strange: ReadonlyMap<string, string>;
  /** Something has changed meanwhile, or may have: it is to be looked and decided anew. */
  readonly again: boolean;
}

/** Why a step was not made; undefined if it was. */
type Failures = ReadonlyMap<string, FlagError>;

/**
 * Makes one pass: looks at both sides, decides, writes down what it is about to do, does it, and writes down what was
 * done.
 */
export function passOf(parts: PassParts): (options: RoundOptions) => Promise<Passed> {
  const { local, cluster, ledger, look, troubles, newId, tell, proceed } = parts;

  /** What the cluster knows has been taken. */
  let taken = false;
  /** Gates whose value could not be put here, as this process knows. */
  const notPut = new Set<string>();
  const refuseLost = lossGuard(cluster.name);

  return async ({ mode, anew, force }) => {
    const before = ledger.memory;
    const here = await look(before, mode);
    const view = viewOf(await cluster.read(anew));
    refuseLost(before, here, view);
    if (here.gone) {
      taken = false;
      tell({ type: 'rejoining' });
    }
    const memory = here.gone ? NOTHING : before;
    const standing = memory.joined ? 'joined' : taken ? 'pulled' : 'joining';
    const steps = planOf(memory, here, view, mode, standing, notPut);
    const moving = steps.filter(({ action }) => action === 'pull' || action === 'push');
    const due = moving.filter(({ name }) => force || troubles.due(name));
    const pulls = due.filter(({ action }) => action === 'pull');
    const pushes = due.filter(({ action }) => action === 'push').map((step) => sending(step, newId));

    const entries = new Map<string, Entry>();
    const remember = (name: string, entry: Entry | undefined): void => {
      if (entry === undefined) entries.delete(name);
      else entries.set(name, entry);
    };
    for (const [name, entry] of memory.gates) {
      if (view.left.has(name) || here.left.has(name) || here.disappeared.has(name)) entries.set(name, entry);
    }
    for (const step of steps) remember(step.name, remembered(step));
    for (const step of pulls) entries.set(step.name, beforePull(step));
    for (const { step, entry } of pushes) entries.set(step.name, entry);
    // before it is written down, after which nobody would know
    for (const step of steps) {
      if (step.uncertain && step.action !== 'agree') conflict(step, step.action === 'push' ? 'local' : 'cluster');
    }
    await ledger.write({ joined: memory.joined, gates: new Map(entries) });

    const failures = new Map([...(await pull(pulls, here.there ? here.gates : null)), ...(await push(pushes))]);
    for (const step of pulls) {
      const failure = failures.get(step.name);
      if (failure === undefined) remember(step.name, agreedOn(step.gate?.enabled, step.gate?.write));
      // nothing was written: what is found there next was not put there by us
      else if (failure.code === 'CONFLICT') remember(step.name, remembered(step));
    }
    for (const { step, id } of pushes) if (!failures.has(step.name)) remember(step.name, agreedOn(step.local, id));
    const undone = moving.filter((step) => !due.includes(step) || failures.has(step.name));
    // local gates that came back are what they were before they were gone
    const back = here.gone && [...failures.values()].some(({ code }) => code === 'CONFLICT');
    const held = steps.filter(({ action }) => action === 'hold' || action === 'note');
    // what a node that is joining holds back is looked at once more
    const joined = memory.joined || (undone.length === 0 && (standing === 'pulled' || held.length === 0));
    await ledger.write(back ? before : { joined, gates: entries });
    taken = !back && undone.every(({ action }) => action !== 'pull');
    if (ledger.memory.joined && !before.joined) tell({ type: 'joined', mode });

    const failed = undone.map(({ name }) => name);
    const pending = [...failed, ...[...here.disappeared].filter((name) => !view.left.has(name))];
    for (const { name } of due) blame(name, failures.get(name));
    troubles.keep(new Set(failed));
    const done = ({ name }: Step): boolean => !failures.has(name);
    return {
      revision: view.revision,
      pulled: pulls.filter(done).map(changeHere),
      pushed: pushes
        .map(({ step }) => step)
        .filter(done)
        .map(changeThere),
      pending,
      settling: here.settling,
      held: held.map(({ name }) => name),
      gates: steps.filter(({ local, gate }) => local !== undefined || gate !== undefined).map(({ name }) => name),
      strange: new Map([...view.strange, ...here.strange]),
      again: [...failures.values()].some(isToBeLookedAt) || (standing === 'joining' && taken && held.length > 0),
    };
  };

  /** Puts values of the cluster into the local gates: all or none. */
  async function pull(steps: readonly Step[], was: ReadonlyMap<string, boolean> | null): Promise<Failures> {
    if (steps.length === 0) return new Map();
    const changes = new Map<string, Value>(steps.map(({ name, gate }) => [name, gate?.enabled]));
    proceed();
    try {
      await local.write(changes, was);
    } catch (thrown) {
      const failure = FlagError.from(thrown, 'UNAVAILABLE');
      for (const { name } of steps) notPut.add(name);
      return new Map(steps.map(({ name }) => [name, failure]));
    }
    for (const step of steps) {
      notPut.delete(step.name);
      tell({ type: 'pulled', ...changeHere(step) });
      if (step.conflict && !step.uncertain) conflict(step, 'cluster');
    }
    return new Map();
  }

  /** Sends local values to the cluster, each by itself if need be. */
  async function push(sendings: readonly Sending[]): Promise<Failures> {
    if (sendings.length === 0) return new Map();
    const failures = new Map<string, FlagError>();
    proceed();
    const outcomes = await pushAll(
      cluster.commit,
      sendings.map(({ step, edit }) => ({ name: step.name, edit })),
    );
    for (const { step } of sendings) {
      const outcome = outcomes.get(step.name)!;
      if (outcome !== 'landed') {
        failures.set(step.name, outcome);
        continue;
      }
      tell({ type: 'pushed', ...changeThere(step) });
      if (step.conflict && !step.uncertain) conflict(step, 'local');
    }
    return failures;
  }

  function conflict({ name, local, gate, uncertain }: Step, kept: 'local' | 'cluster'): void {
    tell({ type: 'conflict', gate: name, local, cluster: gate?.enabled, kept, uncertain });
  }

  /** Notes a failure, but for one that is only a reason to look again, and tells of it if it is another than the last. */
  function blame(name: string, failure: FlagError | undefined): void {
    if (failure === undefined || failure.code === 'CONFLICT') return;
    const last = troubles.all.get(name)?.code;
    troubles.failed(name, failure);
    if (last !== failure.code) tell({ type: 'failed', gate: name, cause: failure });
  }
}

/** A local value on its way. */
interface Sending {
  readonly step: Step;
  readonly id: string;
  readonly entry: Entry;
  readonly edit: Edit;
}

function sending(step: Step, newId: () => string): Sending {
  const { id, entry } = beforePush(step, newId);
  const { name, local, gate, stored } = step;
  return { step, id, entry, edit: { key: gateKey(name), next: clusterDefinition(local, id, gate), was: stored } };
}

const changeHere = ({ name, local, gate }: Step): Change => ({ gate: name, before: local, now: gate?.enabled });
const changeThere = ({ name, local, gate }: Step): Change => ({ gate: name, before: gate?.enabled, now: local });

/** Whether a failure says that something has changed, or may have. */
function isToBeLookedAt({ code }: FlagError): boolean {
  return code === 'CONFLICT' || code === 'UNKNOWN';
}
