import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '@flagwright/test-servers';
import { expect } from 'vitest';
import { now } from '../crew/clock.ts';
import { halves, POKE } from '../crew/flags.ts';
import type { Random } from '../crew/random.ts';
import type { Testimony } from '../crew/witness.ts';
import type { Ledger } from '../crew/writer.ts';
import { check, lostIn } from './audit.ts';
import type { Backend } from './backend.ts';
import type { Crew } from './crew.ts';
import { COMMITTED_WITHIN, CONVERGED_WITHIN, type Fault, FRESH_WITHIN, NOTICED_WITHIN } from './fault.ts';
import { report } from './report.ts';

/** Long enough to have a figure of what is too late, in ms. */
const PATIENCE = 20_000;

/** When things happened, by `now`. */
interface Times {
  readonly struck: number;
  /** Just before it was mended. */
  readonly ending: number;
  /** The server answered again. */
  readonly mended: number;
  /** The last follower had read again, and heard hints again. */
  readonly fresh: number;
  readonly hearing: number;
}

/**
 * Does a fault to the server of a crew at work, and checks what the followers served and told, what the writers were
 * told, and that all is well afterwards.
 */
export async function round(crew: Crew, backend: Backend, name: string, fault: Fault, random: Random): Promise<void> {
  const before = await crew.ledgers();
  try {
    await fault.prepare?.();
    await begin(crew, before, fault);
    await sleep(random.between(0, 100));
    const { during, ...times } = await suffer(crew, backend, fault, random.between(...fault.away));
    // the last commits come at any moment of the recovery
    await sleep(random.between(0, 500));
    const converge = await settle(crew, backend, random);

    const content = await backend.content();
    const ledgers = await crew.ledgers();
    const { all: after, lag } = await crew.testimonies();
    const noticed = after.map(({ staleAt }) => staleAt).filter((at) => at !== undefined);
    report({
      backend: backend.name,
      fault: name,
      evaluations: after.reduce((total, { evaluations }) => total + evaluations, 0),
      acknowledged: acknowledgedIn(ledgers) - acknowledgedIn(before),
      lost: lostIn(content, ledgers),
      notice: noticed.length === 0 ? undefined : Math.max(...noticed) - times.struck,
      fresh: times.fresh - times.mended,
      converge: converge.took,
    });

    expect(converge.differences).toBe('');
    expect(after.flatMap(({ problems }) => problems)).toEqual([]);
    expect([...check(content, ledgers), ...halves(content)]).toEqual([]);
    expect(lostIn(content, ledgers)).toBe(0);
    expectTold(fault, times, during, after);
    const recovery = fault.freshWithin ?? FRESH_WITHIN;
    expect(times.fresh - times.mended, 'ms until every follower had read again').toBeLessThan(recovery);
    expect(times.hearing - times.mended, 'ms until every follower heard hints').toBeLessThan(recovery + 1_000);
    expect(converge.took, 'ms until every follower served a change').toBeLessThan(CONVERGED_WITHIN);
    expect(Math.max(...ledgers.map(({ slowest }) => slowest)), 'ms for a commit').toBeLessThan(COMMITTED_WITHIN);
    expect(lag, 'ms that followers were late to evaluate').toBeLessThan(1_000);
    expect(await crew.warnings(/^FlagwrightWarning: /)).toEqual([]);
  } finally {
    await crew.writers.call('hold');
    await fault.after?.();
  }
}

/** Lets the writers write, the followers forget the round before. */
async function begin(crew: Crew, before: readonly Ledger[], { mode = 'all', calm = false }: Fault): Promise<void> {
  await until('all followers are well', async () =>
    (await crew.testimonies()).all.every(({ status, subscribed }) => status === 'ready' && subscribed),
  );
  await Promise.all(crew.followers.map((child) => child.call('begin')));
  await crew.writers.call('go', mode);
  await until('every writer has committed', async () =>
    (await crew.ledgers()).every(({ acknowledged }, i) => acknowledged > before[i]!.acknowledged),
  );
  if (calm) await crew.writers.call('hold');
}

/** The fault, and the recovery from it. */
async function suffer(
  crew: Crew,
  backend: Backend,
  fault: Fault,
  away: number,
): Promise<Times & { readonly during: readonly Testimony[] }> {
  const { mode = 'all', calm = false, answers = backend.answers } = fault;
  const struck = now();
  let during: readonly Testimony[];
  let ending: number;
  let mended: number;
  try {
    await fault.strike();
    if (calm) await crew.writers.call('go', mode);
    // found at the refresh interval
    if (fault.symptom === 'told') await Promise.all(crew.followers.map((child) => child.call('refresh')));
    await sleep(away);
    during = (await crew.testimonies()).all;
  } finally {
    ending = now();
    const answering = until('the server answers a plain client', answers).then(now);
    [mended] = await Promise.all([answering, fault.mend()]);
  }
  const fresh = await until('every follower has read again', () => crew.freshAfter(mended), PATIENCE).catch(
    (error: unknown) => explained(crew, error),
  );
  const hears = async (): Promise<boolean> => (await crew.testimonies()).all.every(({ subscribed }) => subscribed);
  await until('every follower hears hints', hears, PATIENCE);
  return { struck, ending, mended, fresh, hearing: now(), during };
}

/** Ends the writing. Answers how long it takes until all followers serve what was written last, in ms. */
async function settle(
  crew: Crew,
  backend: Backend,
  random: Random,
): Promise<{ readonly took: number; readonly differences: string }> {
  const same = async (): Promise<boolean> => crew.serve(await backend.content());
  const converged = async (since: number): Promise<number> =>
    until('all serve the same', same, PATIENCE).then(
      () => now() - since,
      () => Number.POSITIVE_INFINITY,
    );
  await crew.writers.call('hold');
  await crew.writers.call('settle');
  const took = await converged(now());
  const differences = took < PATIENCE ? '' : await crew.differences(await backend.content());
  // a single change, that nothing comes after
  const poked = now();
  await crew.writers.call('poke', POKE, random.below(1e9));
  return { took: Math.max(took, await converged(poked)), differences };
}

/** The followers told that the server was away, in time, and that it is back; and went on evaluating. */
function expectTold(
  { symptom, code = 'UNAVAILABLE' }: Fault,
  { struck, ending }: Times,
  during: readonly Testimony[],
  after: readonly Testimony[],
): void {
  if (ending - struck > NOTICED_WITHIN[symptom]) {
    const told = during.map(({ status, staleAt = Number.POSITIVE_INFINITY, staleCode }) => {
      return { status, staleCode, inTime: staleAt - struck < NOTICED_WITHIN[symptom] };
    });
    expect(told).toEqual(during.map(() => ({ status: 'stale', staleCode: code, inTime: true })));
  }
  for (const { status, subscribed, staleAt, recoveredAt, evaluations } of after) {
    expect({ status, subscribed }).toEqual({ status: 'ready', subscribed: true });
    if (symptom === 'hints') expect(staleAt).toBeUndefined();
    if (staleAt !== undefined) expect(recoveredAt).toBeGreaterThan(staleAt);
    expect(evaluations).toBeGreaterThan(ending - struck);
  }
}

/** An error with what the followers tell of themselves. */
async function explained(crew: Crew, error: unknown): Promise<never> {
  const { all } = await crew.testimonies();
  const told = all.map(({ status, subscribed, lastError }) => JSON.stringify({ status, subscribed, lastError }));
  throw new Error(`${(error as Error).message}:\n${told.join('\n')}`);
}

function acknowledgedIn(ledgers: readonly Ledger[]): number {
  return ledgers.reduce((total, { acknowledged }) => total + acknowledged, 0);
}
