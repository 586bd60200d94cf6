import { FlagError, type FlagSet } from '@flagwright/core';
import { bounded, pause } from './bounded.ts';
import type { Copy, Look } from './copy.ts';
import type { Keeper, KeeperTerms, Outcome } from './keeper.ts';

/** What reads the copy, and sees to it that it is worth reading. */
export interface Reader {
  /**
   * The copy, brought up to date where that falls to this process; why the origin did not give a first one; or nothing, if
   * each process is to ask the origin itself. Throws what Redis does.
   */
  read(previous: FlagSet | undefined, signal: AbortSignal): Promise<FlagSet | FlagError | undefined>;
}

/** How long somebody waits for the origin who has a copy, in ms. */
const COPY_PATIENCE = 1_000;

/** How long somebody waits before he looks again for a first copy that another fetches, in ms: at first, and at most. */
const [FIRST_PAUSE, LONGEST_PAUSE] = [50, 1_000];

/** Why there is no copy, and for how long there will be none. A copy may be looked at any time: it asks for nothing. */
function refusal({ stale, wait, patient }: Look): FlagError {
  const { code, message } = stale!.cause;
  return new FlagError(code, message, { retryAfter: patient && wait > 0 ? wait : undefined });
}

/** Nothing has been said of the origin: neither that it answered, nor that it is away. */
const unsaid = ({ age, stale }: Look): boolean => age === undefined && stale === undefined;

export function readerOf(copy: Copy, keeper: Keeper, { maxAge, patience }: KeeperTerms): Reader {
  /** Waits for the origin, but not for ever: it goes on being asked. */
  async function refreshed(ms: number, signal: AbortSignal): Promise<Outcome> {
    const done = new AbortController();
    const enough = bounded([signal, done.signal], (ended) => pause(ms, ended)).then(() => ({}));
    try {
      return await Promise.race([keeper.refresh(), enough]);
    } finally {
      done.abort();
      enough.catch(() => undefined);
    }
  }

  function aged(set: FlagSet, { age, stale }: Look): FlagSet {
    if (stale !== undefined) return { ...set, stale };
    if (age !== undefined && age <= 3 * maxAge) return set;
    const cause = new FlagError('UNAVAILABLE', `the origin has not been asked for more than ${3 * maxAge} ms`);
    return { ...set, stale: { since: Date.now() - (age ?? 0), cause } };
  }

  /** The copy, or why there is none, after this process has asked the origin. */
  async function asked(
    previous: FlagSet | undefined,
    known: FlagSet | undefined,
    signal: AbortSignal,
  ): Promise<FlagSet | FlagError | undefined> {
    const { set, failure } = await refreshed(known === undefined ? patience : COPY_PATIENCE, signal);
    if (set !== undefined) return set;
    const state = await copy.look(signal);
    const found = (await copy.read(previous, signal)) ?? known;
    return found === undefined ? failure : aged(found, state);
  }

  return {
    async read(previous, signal) {
      const until = performance.now() + patience;
      for (let wait = FIRST_PAUSE; ; wait = Math.min(1.5 * wait, LONGEST_PAUSE)) {
        const state = await copy.look(signal);
        if (state.unkept) return undefined;
        const set = await copy.read(previous, signal);
        const fresh = state.age !== undefined && state.age <= maxAge && state.stale === undefined;
        if (set !== undefined && fresh) return set;
        const askable = state.stale === undefined || state.wait === 0;
        if (askable && (await keeper.lead()) === 0) {
          const answer = await asked(previous, set, signal);
          if (answer !== undefined) return answer;
        } else if (set !== undefined && (!unsaid(state) || performance.now() > until)) {
          return aged(set, state);
        } else if (state.stale !== undefined) {
          return refusal(state);
        }
        // somebody else is fetching the first copy, or has written it and not yet said when he asked
        if (performance.now() > until) return new FlagError('UNAVAILABLE', 'the origin has not answered yet');
        await pause(wait * (0.5 + Math.random() / 2), signal);
      }
    },
  };
}
