import { expect } from 'vitest';
import type { Value } from '../../src/sync/entry.ts';
import type { UserSet } from './node-life.ts';
import type { World } from './world.ts';

/** What of a world is held against which law, for the count. */
export interface Checked {
  sets: number;
  superseded: number;
  reached: number;
  exempt: number;
}

/** After healing, every node has what the cluster has. */
export async function expectAgreement(world: World): Promise<void> {
  const there = [...(await world.cluster())].filter((entry): entry is [string, boolean] => entry[1] !== undefined);
  const expected = Object.fromEntries(there.sort());
  for (const { index, local, life } of world.nodes) {
    const here = Object.fromEntries([...(local ?? [])].sort());
    expect(here, `node ${index}`).toEqual(expected);
    expect(life?.last, `the last round of node ${index}`).toMatchObject({ pending: [], held: [] });
  }
}

/**
 * What a user set is in the cluster at some time after that, unless the same user set it anew before. Exempt is what
 * cannot be told from no change, what a node set that had not joined, and what the node itself told as uncertain.
 */
export function expectNothingLost(world: World): Checked {
  const checked: Checked = { sets: 0, superseded: 0, reached: 0, exempt: 0 };
  const { sets, log, nodes } = world;
  for (const set of sets) {
    checked.sets++;
    if (reached(world, set)) {
      checked.reached++;
      continue;
    }
    if (sets.some((other) => other.index > set.index && other.node === set.node && other.name === set.name)) {
      checked.superseded++;
      continue;
    }
    const uncertain = nodes[set.node]!.events.some(
      (event) => event.type === 'conflict' && event.uncertain && event.gate === set.name,
    );
    const told = uncertain || set.noChange || set.joining;
    expect(
      told,
      `lost: ${JSON.stringify(set)}\n${JSON.stringify(
        log.filter(({ name }) => name === set.name),
        null,
        1,
      )}`,
    ).toBe(true);
    checked.exempt++;
  }
  return checked;
}

function reached({ log }: World, { name, value, at }: UserSet): boolean {
  let current: Value;
  for (const landed of log.slice(0, at)) if (landed.name === name) current = landed.value;
  return current === value || log.slice(at).some((landed) => landed.name === name && landed.value === value);
}

/**
 * Every write of a node comes from a set of its user, and no set makes two: nothing comes back over what replaced it.
 * Only where a writer without a history was between may a set be written twice.
 */
export function expectNothingResurrected({ log }: World): void {
  const last = new Map<string, { readonly cause: number; readonly at: number }>();
  const ids = new Set<string>();
  for (const [at, landed] of log.entries()) {
    const { node, name, value, cause, id } = landed;
    if (node === undefined) continue;
    const key = `${node} ${name}`;
    const before = last.get(key);
    const cut = log.slice(before?.at ?? 0, at).some((other) => other.name === name && other.id === undefined);
    expect(cause, `no user asked for ${JSON.stringify(landed)}`).toBeDefined();
    expect(cause!.value, `another value was asked for: ${JSON.stringify(landed)}`).toBe(value);
    if (!cut) expect(cause!.index, `a second time: ${JSON.stringify(landed)}`).toBeGreaterThan(before?.cause ?? -1);
    if (!cut) expect(ids.has(id!), `the same write twice: ${JSON.stringify(landed)}`).toBe(false);
    ids.add(id!);
    last.set(key, { cause: cause!.index, at });
  }
}

/** Whatever is no gate is as it was. */
export async function expectNothingElseTouched({ store }: World): Promise<void> {
  const { document } = await store.read();
  const others = [...(document.flags as ReadonlyMap<string, unknown>)].filter(([key]) => !key.startsWith('feature.'));
  expect(Object.fromEntries(others)).toEqual({
    other: { type: 'bool', default: true },
    'features-x': { type: 'bool', default: false },
  });
  expect(Object.keys(document).sort()).toEqual(['flags', 'segments']);
}
