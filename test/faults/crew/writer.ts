import { setTimeout as sleep } from 'node:timers/promises';
import { type Edit, FlagError, type FlagSet, type FlagStore } from '@flagwright/core';
import { now } from './clock.ts';
import {
  addedKey,
  COUNTERS,
  counterKey,
  definitionOf,
  markKey,
  mirrorKey,
  numberFlag,
  numberOf,
  twinKey,
} from './flags.ts';
import type { Random } from './random.ts';

/** What became of an attempt to commit, as its writer was told. */
export type Outcome = 'acknowledged' | 'unknown' | 'refused';

/** What must be found in the end. */
export interface Ledger {
  readonly acknowledged: number;
  readonly unknown: number;
  readonly refused: number;
  /** By how much each counter was raised. */
  readonly raised: readonly number[];
  /** Added flags: there, gone, or either, but with their twins. */
  readonly added: Readonly<Record<string, 'there' | 'gone' | 'either'>>;
  readonly problems: readonly string[];
  /** How often each code was told. */
  readonly codes: Readonly<Record<string, number>>;
  /** The longest that a commit took, in ms. */
  readonly slowest: number;
}

/** What a writer may do: `raise` changes counters only, under the condition that they are what was read. */
export type Mode = 'all' | 'raise';

/** A writer that keeps a ledger. */
export interface Writer {
  /** Commits again and again until `hold`. */
  go(mode: Mode): void;
  /** Resolves when nothing is under way. */
  hold(): Promise<void>;
  /** Commits until one is acknowledged, after which no earlier one of this writer can still raise a counter. */
  settle(): Promise<void>;
  /** A single commit of a flag that nobody else writes, until it is known to be made. */
  poke(key: string, value: number): Promise<void>;
  readonly ledger: Ledger;
}

/** The codes that a commit may fail with because of a fault. */
const EXPECTED: ReadonlySet<string> = new Set(['UNAVAILABLE', 'UNKNOWN', 'CONFLICT', 'UNAUTHORIZED', 'NOT_FOUND']);

/** How many added flags a writer leaves standing. */
const STANDING = 10;
const SETTLED_WITHIN = 20_000;

/** A writer with a store of its own. */
export function writerOf(store: FlagStore, index: number, random: Random): Writer {
  const raised = new Array<number>(COUNTERS).fill(0);
  const added: Record<string, 'there' | 'gone' | 'either'> = {};
  const codes: Record<string, number> = {};
  const counts: Record<Outcome, number> = { acknowledged: 0, unknown: 0, refused: 0 };
  const problems: string[] = [];
  /** The last commit known to be made, in the mark of this writer. */
  let token = 'none';
  /** Attempts of unknown outcome, and the counters they raise. */
  const open = new Map<string, number>();
  const past = new Set<string>();
  const refused = new Map<string, string>();
  let attempts = 0;
  let slowest = 0;
  let set: FlagSet | undefined;
  let going = false;
  let working: Promise<void> = Promise.resolve();

  const problem = (what: string): void => {
    if (problems.length < 20) problems.push(`writer ${index}: ${what}`);
  };

  const made = (by: string, counter: number): void => {
    raised[counter]!++;
    past.add(token);
    token = by;
    // the others were to change the mark from what it no longer is
    open.clear();
  };

  /** Compares the mark that was read with what this writer was told. */
  const notice = (current: FlagSet): void => {
    const found = String(definitionOf(current, markKey(index))?.metadata?.token);
    if (found === token) return;
    const counter = open.get(found);
    if (counter !== undefined) {
      made(found, counter);
      return;
    }
    const told = refused.get(found);
    if (told !== undefined) problem(`commit ${found} was made, and its writer was told ${told}`);
    else if (past.has(found)) problem(`commit ${token} was made and is gone: the mark is ${found} again`);
    else problem(`the mark is ${found}, and should be ${token} or one of ${[...open.keys()].join(', ')}`);
    token = found;
    open.clear();
  };

  const read = async (): Promise<FlagSet | undefined> => {
    try {
      set = await store.read(set);
    } catch (thrown) {
      if (!(thrown instanceof FlagError)) problem(`a read threw ${String(thrown)}`);
      else if (!EXPECTED.has(thrown.code)) problem(`a read failed with ${thrown.code}: ${thrown.message}`);
      await sleep(random.between(20, 100));
      return undefined;
    }
    notice(set);
    return set;
  };

  const commit = async (edits: readonly Edit[]): Promise<{ readonly outcome: Outcome; readonly told: string }> => {
    const started = now();
    let outcome: Outcome = 'acknowledged';
    let told = 'ok';
    try {
      await store.commit(edits, `writer ${index}`);
    } catch (thrown) {
      const error = FlagError.from(thrown);
      if (!(thrown instanceof FlagError)) problem(`a commit threw ${String(thrown)}`);
      else if (!EXPECTED.has(error.code)) problem(`a commit failed with ${error.code}: ${error.message}`);
      outcome = error.code === 'UNKNOWN' ? 'unknown' : 'refused';
      told = `${error.code}: ${error.message}`;
      codes[error.code] = (codes[error.code] ?? 0) + 1;
    }
    slowest = Math.max(slowest, now() - started);
    counts[outcome]++;
    return { outcome, told };
  };

  /** Raises a counter by one. True if that was acknowledged. */
  async function raise(): Promise<boolean> {
    const current = await read();
    if (current === undefined) return false;
    const counter = random.below(COUNTERS);
    const keys = [counterKey(counter), mirrorKey(counter), markKey(index)];
    const was = keys.map((key) => definitionOf(current, key));
    if (was.some((definition) => definition === undefined)) {
      problem(`read a set without ${keys.filter((_, i) => was[i] === undefined).join(', ')}`);
      return false;
    }
    const by = `${index}-${++attempts}`;
    const next = [
      numberFlag(numberOf(was[0]) + 1, by),
      numberFlag(numberOf(was[1]) + 1),
      numberFlag(numberOf(was[2]) + 1, by),
    ];
    const { outcome, told } = await commit(keys.map((key, i) => ({ key, was: was[i], next: next[i] })));
    if (outcome === 'acknowledged') made(by, counter);
    else if (outcome === 'unknown') open.set(by, counter);
    else refused.set(by, told);
    return outcome === 'acknowledged';
  }

  /** Adds a flag and its twin, or deletes such a pair, whatever is there. */
  async function change(): Promise<void> {
    const standing = Object.keys(added).filter((key) => added[key] === 'there');
    const adding = standing.length < STANDING;
    const key = adding ? addedKey(index, ++attempts) : standing[random.below(standing.length)]!;
    const next = adding ? numberFlag(attempts) : null;
    const { outcome } = await commit([
      { key, next },
      { key: twinKey(key), next },
    ]);
    if (outcome === 'unknown') added[key] = 'either';
    else if (outcome === 'acknowledged') added[key] = adding ? 'there' : 'gone';
    else if (adding) added[key] = 'gone';
  }

  return {
    go(mode) {
      going = true;
      working = (async () => {
        while (going) {
          await (mode === 'raise' || random() < 0.7 ? raise() : change());
          await sleep(random.between(20, 100));
        }
      })();
    },
    async hold() {
      going = false;
      await working;
    },
    async settle() {
      for (const end = now() + SETTLED_WITHIN; !(await raise()); await sleep(20)) {
        if (now() > end) throw new Error(`writer ${index} could not commit within ${SETTLED_WITHIN} ms`);
      }
    },
    async poke(key, value) {
      for (const end = now() + SETTLED_WITHIN; ; await sleep(20)) {
        if ((await commit([{ key, next: numberFlag(value) }])).outcome === 'acknowledged') return;
        if (now() > end) throw new Error(`${key} could not be changed within ${SETTLED_WITHIN} ms`);
      }
    },
    get ledger() {
      const { acknowledged, unknown, refused } = counts;
      return { acknowledged, unknown, refused, raised, added, problems, codes, slowest };
    },
  };
}
