import type { ClusterGate } from '../cluster.ts';
import type { Memory } from './baseline.ts';
import { type Decision, decide, type Standing, type SyncMode } from './decide.ts';
import type { Entry, Value } from './entry.ts';
import type { Here } from './look.ts';
import { settle } from './settle.ts';
import type { View } from './view.ts';

/** What is to be done about one gate, and what that rests on. */
export interface Step extends Decision {
  readonly name: string;
  readonly local: Value;
  readonly gate: ClusterGate | undefined;
  readonly stored: unknown;
  /** What is remembered, once what was under way has been found out. */
  readonly entry: Entry | undefined;
  /**
   * A write of this node may have been replaced by the cluster's value, or may never have landed; or a value that came from
   * there may have been set back here.
   */
  readonly uncertain: boolean;
}

/**
 * Decides about every gate that either side has or the node remembers, but those that are left alone by one of them.
 *
 * @param notPut gates whose value this very process tried to put here, and could not: nobody has set that back
 */
export function planOf(
  memory: Memory,
  { gates: local, left, disappeared }: Pick<Here, 'gates' | 'left' | 'disappeared'>,
  view: View,
  mode: SyncMode,
  standing: Standing,
  notPut: ReadonlySet<string> = new Set(),
): readonly Step[] {
  const names = new Set([...local.keys(), ...view.gates.keys(), ...memory.gates.keys()]);
  const steps: Step[] = [];
  for (const name of [...names].sort()) {
    if (view.left.has(name) || left.has(name) || disappeared.has(name)) continue;
    const gate = view.gates.get(name);
    const here = local.get(name);
    const stored = view.stored(name);
    const { entry, uncertain } = settle(memory.gates.get(name), here, gate, stored, notPut.has(name));
    const decision = decide({ local: here, cluster: gate, agreed: entry?.agreed, standing, mode });
    steps.push({ ...decision, name, local: here, gate, stored, entry, uncertain });
  }
  return steps;
}

/** What is remembered of a gate that both sides agree on; undefined if that is what is known of any other. */
export function agreedOn(value: Value, write: string | undefined): Entry | undefined {
  return value === undefined ? undefined : { agreed: { value, write } };
}

/** What is remembered after a step that changes neither side, and of one before it is made. */
export function remembered({ action, local, gate, entry }: Step): Entry | undefined {
  if (action === 'note') return agreedOn(local, undefined);
  if (action !== 'agree') return entry;
  const agreed = { value: local, write: gate?.write };
  // something that was sent may still land
  return entry?.push === undefined ? agreedOn(local, gate?.write) : { agreed, push: entry.push };
}

/** What is remembered before the cluster's value is put into the local gates. */
export function beforePull({ gate, entry }: Step): Entry {
  return { ...entry, pull: { value: gate?.enabled, write: gate?.write } };
}

/** What is remembered before the local value is sent to the cluster, and the id it is sent by: the old one, if it was sent before. */
export function beforePush(
  { local, stored, entry }: Step,
  newId: () => string,
): { readonly id: string; readonly entry: Entry } {
  const open = entry?.push?.sent ?? [];
  const own = open.find(({ value }) => value === local) ?? { id: newId(), value: local };
  const sent = [...open.filter((other) => other !== own), own];
  return { id: own.id, entry: { agreed: entry?.agreed, push: { base: stored, sent } } };
}
