import { asksForPatience, FlagError, type FlagSet, type FlagSource, retryDelay, share } from '@flagwright/core';
import { checkDocument } from '../whole-document.ts';
import { bounded } from './bounded.ts';
import type { Attempt, Copy } from './copy.ts';
import { changesOf } from './difference.ts';
import { LONGEST_LEASE } from './scripts.ts';
import type { Trouble } from './trouble.ts';
import { watchOf } from './watch.ts';

/** What keeps the copy like its origin, while this process holds the lease. */
export interface Keeper {
  /** Makes this process the one to ask the origin, for a while, and resolves to 0; or to how long it is another, in ms. */
  lead(): Promise<number>;
  /** Asks the origin, and writes what changed; joins in if that is under way. Throws what Redis does before that. */
  refresh(): Promise<Outcome>;
  /** From now on sees to it that somebody leads, and that the leader hears the hints of the origin. */
  keep(): void;
  close(): Promise<void>;
}

/** What came of asking the origin, where the copy does not tell. */
export interface Outcome {
  /** What it answered, if the copy did not take it. */
  readonly set?: FlagSet;
  /** Why there was no answer. */
  readonly failure?: FlagError;
}

/** Terms of a keeper; times in ms. */
export interface KeeperTerms {
  /** How old the copy may get. */
  readonly maxAge: number;
  /** How long the origin may take. */
  readonly patience: number;
  readonly trouble: Trouble;
  /** Aborted, with the reason, when all is over. */
  readonly closing: AbortSignal;
}

/** What was last written: the origin's set, and the revision that the copy of it has. */
interface Written {
  readonly origin: FlagSet;
  readonly revision: string;
}

export function keeperOf(copy: Copy, source: FlagSource, terms: KeeperTerms): Keeper {
  const { maxAge, patience, trouble, closing } = terms;
  const period = Math.max(1, Math.floor(maxAge / 2));
  // so short that a leader that is gone is not missed for long, whatever the age
  const lease = Math.min(3 * period, LONGEST_LEASE);
  const beat = Math.max(1, Math.floor(lease / 3));
  let written: Written | undefined;
  let refreshing: Promise<Outcome> | undefined;
  let again = false;
  let failures = 0;
  let begun = Number.NEGATIVE_INFINITY;
  /** Until when an origin that refused the credentials, or asked for time, is left alone, whatever is hinted. */
  let patientUntil = Number.NEGATIVE_INFINITY;
  /** The revision that the copy last did not take. */
  let unkept: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let ticking: Promise<void> | undefined;
  let leasing: Promise<number> | undefined;
  let resting = 0;

  async function lead(): Promise<number> {
    closing.throwIfAborted();
    const rest = resting - performance.now();
    if (rest > 0) return rest;
    leasing = copy.lease(lease);
    return leasing;
  }

  /** Lets somebody else try. */
  async function standDown(): Promise<void> {
    resting = performance.now() + 2 * lease;
    await copy.returnLease();
  }

  async function ask(): Promise<Outcome> {
    for (let n = 0; n < ATTEMPTS && !closing.aborted; n++) {
      // first what the copy is, then what it should be: whoever writes between the two makes us begin anew
      const attempt = await copy.begin();
      if (attempt === undefined) return {};
      begun = performance.now();
      const there = await copy.read(written && { document: written.origin.document, revision: written.revision });
      const base = there !== undefined && written?.revision === there.revision ? written.origin : undefined;
      let next: FlagSet;
      try {
        next = share(base, await fromOrigin(base));
      } catch (thrown) {
        const failure = FlagError.from(thrown, 'UNAVAILABLE');
        if (!closing.aborted) await away(attempt, failure).catch(quiet);
        return { failure };
      }
      try {
        const revision = await attempt.write(changesOf(there, base, next, trouble.told), there?.revision);
        if (revision === undefined) continue;
        written = { origin: next, revision };
        unkept = undefined;
        if (next.stale !== undefined) {
          await away(attempt, FlagError.from(next.stale.cause, 'UNAVAILABLE'), next.stale.since);
        } else {
          failures = 0;
          await attempt.answered();
        }
        return {};
      } catch (thrown) {
        trouble.refused('cannot be written', thrown);
        const told = unkept !== next.revision;
        unkept = next.revision;
        await copy.unkept(maxAge + lease, told).catch(quiet);
        return { set: next };
      }
    }
    return {};
  }

  /** What the origin answers in time, and is a document. Keeps the lease until then, and no longer. */
  async function fromOrigin(previous: FlagSet | undefined): Promise<FlagSet> {
    const late = new AbortController();
    const limit = setTimeout(
      () => late.abort(new FlagError('UNAVAILABLE', `no answer within ${patience} ms`)),
      patience,
    );
    const renewals = setInterval(() => void lead().catch(quiet), beat);
    for (const one of [limit, renewals]) one.unref();
    try {
      const set = await bounded([late.signal, closing], async (signal) => source.read(previous, signal));
      if (set.revision !== previous?.revision) checkDocument(set);
      return set;
    } finally {
      clearTimeout(limit);
      clearInterval(renewals);
      if (late.signal.aborted) await standDown().catch(quiet);
    }
  }

  async function away(attempt: Attempt, cause: FlagError, since?: number): Promise<void> {
    const wait = retryDelay(++failures, cause);
    const patient = asksForPatience(cause);
    if (patient) patientUntil = performance.now() + wait;
    await attempt.away(cause, { wait, patient, since });
  }

  const isPatient = (): boolean => performance.now() < patientUntil;

  const refresh = (): Promise<Outcome> => {
    refreshing ??= (async () => {
      let outcome: Outcome;
      do {
        again = false;
        outcome = await ask();
      } while (again && !closing.aborted && !isPatient());
      return outcome;
    })().finally(() => {
      refreshing = undefined;
    });
    return refreshing;
  };

  const watch = watchOf(source, () => {
    if (isPatient()) return;
    // what changed since the origin was asked may not have been seen
    again = refreshing !== undefined;
    refresh().catch(quiet);
  });

  /** Resolves to when to look again, in ms. */
  async function tick(): Promise<number> {
    const left = await lead();
    if (left > 0) {
      await watch.stop();
      return left + Math.random() * beat;
    }
    const state = await copy.look();
    // what was said to a leader before
    if (state.patient) patientUntil = performance.now() + state.wait;
    if (!isPatient()) watch.start();
    const { age = Number.POSITIVE_INFINITY } = state;
    // what is not kept has no age
    const wait = state.unkept ? begun + period - performance.now() : state.wait;
    const due = state.stale !== undefined || age + period > maxAge;
    if (due && wait <= 0 && refreshing === undefined) refresh().catch(quiet);
    return wait > 0 ? Math.min(wait, beat) : beat;
  }

  function later(ms: number): void {
    if (closing.aborted) return;
    timer = setTimeout(() => {
      ticking = tick()
        // Redis is away, or refuses, which readers see
        .catch(() => beat)
        .then(later);
    }, ms);
    timer.unref();
  }

  return {
    lead,
    refresh,
    keep() {
      if (timer === undefined) later(0);
    },
    async close() {
      clearTimeout(timer);
      await watch.stop();
      // the lease is given back when nobody takes it any more
      await Promise.allSettled([ticking, refreshing, leasing]);
      // also one whose answer nobody waited for any more
      if (leasing !== undefined) await copy.returnLease().catch(quiet);
    },
  };
}

/** Whoever reads finds out by himself. */
const quiet = (): void => undefined;

/** Others may write meanwhile, if a lease ran out; that this happens as often as this in a row is out of the question. */
const ATTEMPTS = 5;
