import { keep } from '../access/bounded.ts';
import type { Database, SetName } from '../database/database.ts';
import { keyOf } from './set-name.ts';

/** Tells whether sets are there. */
export interface Existence {
  /** Throws `FlagError` as the database does. */
  has(name: SetName): Promise<boolean>;
  /** What was known of a set is not true any more. */
  forget(name: SetName): void;
}

/** How long it is believed that a set is not there, in ms: it may just have been made by another server. */
const BELIEVED = 1_000;

/** So many absent sets are remembered. */
const MOST_ABSENT = 10_000;

/** So many sets are asked for by one query. */
const MOST_ASKED = 1_000;

interface Question {
  readonly name: SetName;
  readonly key: string;
  readonly answer: Promise<boolean>;
  readonly resolve: (there: boolean) => void;
  readonly reject: (why: unknown) => void;
}

/**
 * Asks the database whether sets are there, by one query at a time: those who ask meanwhile share the next one, so that
 * any number of names costs no more than that. Absence is remembered for a second, presence by whoever follows the set.
 */
export function existence(database: Database, clock: () => number = Date.now): Existence {
  const absent = new Map<string, number>();
  const waiting = new Map<string, Question>();
  /** The sets of which an answer that is under way may be from before. */
  const outdated = new Set<string>();
  let asking = false;

  async function ask(): Promise<void> {
    if (asking) return;
    asking = true;
    // names that come in the same turn go together
    await Promise.resolve();
    while (waiting.size > 0) {
      const questions = [...waiting.values()].slice(0, MOST_ASKED);
      for (const { key } of questions) waiting.delete(key);
      await answer(questions);
    }
    asking = false;
  }

  async function answer(questions: readonly Question[]): Promise<void> {
    outdated.clear();
    try {
      const rows = await database.query<{ readonly project: string; readonly stage: string }>(
        `select project, stage from public.feature_flags_sets
          where (project, stage) in (select * from unnest($1::text[], $2::text[]))`,
        [questions.map(({ name }) => name.project), questions.map(({ name }) => name.stage)],
      );
      const there = new Set(rows.map(keyOf));
      const now = clock();
      for (const { key, resolve } of questions) {
        if (!there.has(key) && !outdated.has(key)) keep(absent, key, now, MOST_ABSENT);
        resolve(there.has(key));
      }
    } catch (thrown) {
      for (const { reject } of questions) reject(thrown);
    }
  }

  return {
    has(name) {
      const key = keyOf(name);
      const since = absent.get(key);
      if (since !== undefined && Math.abs(clock() - since) < BELIEVED) return Promise.resolve(false);
      let question = waiting.get(key);
      if (question === undefined) {
        question = questionOf(name, key);
        waiting.set(key, question);
        void ask();
      }
      return question.answer;
    },
    forget(name) {
      const key = keyOf(name);
      absent.delete(key);
      if (asking) outdated.add(key);
    },
  };
}

function questionOf(name: SetName, key: string): Question {
  let resolve!: (there: boolean) => void;
  let reject!: (why: unknown) => void;
  const answer = new Promise<boolean>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { name, key, answer, resolve, reject };
}
