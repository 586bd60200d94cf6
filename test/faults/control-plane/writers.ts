import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, type ControlPlane } from '@flagwright/server/client';

export const PROJECT = 'app';
export const STAGE = 'production';

/** Makes a project, its link to a stage, and flags that writers count up. */
export async function prepare(api: ControlPlane, flags: readonly string[]): Promise<void> {
  await api.projects.create({ metadata: { id: PROJECT }, spec: {} });
  await api.links(PROJECT).create({ metadata: { stage: STAGE }, spec: {} });
  for (const id of flags) {
    const variants = { on: true, off: false };
    await api.flags(PROJECT).create({ metadata: { id }, spec: { type: 'BOOLEAN', variants } });
    await api.stageDefinitions(PROJECT, STAGE).create({
      metadata: { featureFlagId: id },
      spec: { enabled: true, defaultVariant: 'off', targets: [{ variation: 'on', values: ['0'] }] },
    });
  }
}

/** A write that was acknowledged. */
export interface Acknowledged {
  readonly flag: string;
  readonly version: string;
  readonly count: number;
}

/** What came of all writes. */
export interface Tally {
  readonly acknowledged: Acknowledged[];
  /** Turned away, for somebody else was faster. */
  conflicts: number;
  /** Lost with the connection: done or not. */
  unknown: number;
}

export const newTally = (): Tally => ({ acknowledged: [], conflicts: 0, unknown: 0 });

/** The number that a stage definition counts. */
export function countOf(spec: { readonly targets?: readonly { readonly values: readonly string[] }[] | null }): number {
  return Number(spec.targets?.[0]?.values[0]);
}

/**
 * Counts up the number in a stage definition by reading it, and writing the next one to that version, until `over`. Ends
 * at the first answer that is lost, for the server is gone then.
 */
export async function countUp(api: ControlPlane, flag: string, over: () => boolean, tally: Tally): Promise<void> {
  const definitions = api.stageDefinitions(PROJECT, STAGE);
  while (!over()) {
    try {
      const { spec, version } = await definitions.get(flag);
      const count = countOf(spec) + 1;
      const targets = [{ variation: 'on', values: [String(count)] }];
      const saved = await definitions.patch(flag, { spec: { targets } }, { ifVersion: version });
      tally.acknowledged.push({ flag, version: saved.version, count });
    } catch (error) {
      if (error instanceof ApiError && error.code === 'VERSION_CONFLICT') tally.conflicts++;
      // more than the server takes from one token: nothing was done
      else if (error instanceof ApiError && error.code === 'RATE_LIMITED') await sleep(100);
      else if (error instanceof ApiError && error.status < 500) throw error;
      else {
        tally.unknown++;
        return;
      }
    }
  }
}

/** One change of a stage definition, as the history tells it. */
interface Entry {
  readonly version: string;
  readonly after: { readonly spec: Parameters<typeof countOf>[0] } | null;
}

/** The numbers that a stage definition went through, by version, the first one first. */
export async function countsOf(api: ControlPlane, flag: string): Promise<readonly (readonly [string, number])[]> {
  const found: (readonly [string, number])[] = [];
  for (let page = 1; ; page++) {
    const { items } = await api.stageDefinitions(PROJECT, STAGE).history(flag, { page, pageSize: 1_000 });
    for (const { version, after } of items as unknown as readonly Entry[]) found.push([version, countOf(after!.spec)]);
    if (items.length < 1_000) return found.reverse();
  }
}
