import { textOf } from '../crew/flags.ts';
import { digestOf, type FollowersCalls } from '../crew/followers.ts';
import type { StoreSpec } from '../crew/stores.ts';
import type { Testimony } from '../crew/witness.ts';
import type { Ledger } from '../crew/writer.ts';
import type { WritersCalls } from '../crew/writers.ts';
import { type Child, startChild } from './child.ts';

const WRITERS = 4;

/** How many followers there are, each with a connection for hints. */
export const FOLLOWERS = 8;

/** How many processes they share. */
const PROCESSES = 2;

/** Writers and followers at work, each with connections of its own. */
export interface Crew {
  readonly writers: Child<WritersCalls>;
  readonly followers: readonly Child<FollowersCalls>[];
  /** What all followers tell, and by how much they were late at worst, in ms. */
  testimonies(): Promise<{ readonly all: readonly Testimony[]; readonly lag: number }>;
  ledgers(): Promise<readonly Ledger[]>;
  /** When the last follower has read the set as it is after `since`; undefined while one has not. */
  freshAfter(since: number): Promise<number | undefined>;
  /** Whether all followers serve just these definitions. */
  serve(definitions: ReadonlyMap<string, unknown>): Promise<boolean>;
  /** What followers serve that differs from these definitions. */
  differences(definitions: ReadonlyMap<string, unknown>): Promise<string>;
  /** Process warnings other than `allowed`. */
  warnings(allowed: RegExp): Promise<readonly string[]>;
  /** Closes all; all processes must end by themselves. */
  close(): Promise<void>;
  kill(): Promise<void>;
}

/** Starts writers, who make the first flags, and followers. */
export async function startCrew(program: string, seed: string, spec: (id: number) => StoreSpec): Promise<Crew> {
  const ids = (from: number, count: number): StoreSpec[] => Array.from({ length: count }, (_, i) => spec(from + i));
  const writers = startChild<WritersCalls>(program, 'writers');
  const followers = Array.from({ length: PROCESSES }, () => startChild<FollowersCalls>(program, 'followers'));
  const children: readonly Pick<Child<object>, 'close' | 'kill'>[] = [writers, ...followers];
  const kill = async (): Promise<void> => void (await Promise.all(children.map((child) => child.kill())));
  const each = FOLLOWERS / PROCESSES;
  try {
    await writers.call('open', ids(0, WRITERS), seed);
    await Promise.all(followers.map((child, i) => child.call('open', ids(WRITERS + i * each, each))));
  } catch (error) {
    await kill();
    throw error;
  }
  const ask = <T>(question: (child: Child<FollowersCalls>) => Promise<T>): Promise<T[]> =>
    Promise.all(followers.map(question));

  return {
    writers,
    followers,
    kill,
    async testimonies() {
      const told = await ask((child) => child.call('testimony'));
      return { all: told.flatMap((one) => one.followers), lag: Math.max(...told.map(({ lag }) => lag)) };
    },
    ledgers: async () => (await writers.call('testimony')).ledgers,
    async freshAfter(since) {
      const times = (await ask((child) => child.call('freshAfter', since))).flat();
      return times.some((time) => time === null) ? undefined : Math.max(...times.map(Number));
    },
    async serve(definitions) {
      const expected = digestOf(textsOf(definitions));
      return (await ask((child) => child.call('digests'))).flat().every((digest) => digest === expected);
    },
    async differences(definitions) {
      const expected = textsOf(definitions);
      const found: string[] = [];
      for (const [p, child] of followers.entries()) {
        for (let member = 0; member < each; member++) {
          const content = await child.call('content', member);
          for (const key of new Set([...Object.keys(expected), ...Object.keys(content)])) {
            if (content[key] === expected[key]) continue;
            found.push(`follower ${WRITERS + p * each + member}: ${key} is ${content[key]}, not ${expected[key]}`);
          }
        }
      }
      return found.slice(0, 20).join('\n');
    },
    async warnings(allowed) {
      const told = [await writers.call('testimony'), ...(await ask((child) => child.call('testimony')))];
      return told.flatMap(({ warnings }) => warnings).filter((warning) => !allowed.test(warning));
    },
    async close() {
      const outcomes = await Promise.allSettled(children.map((child) => child.close()));
      await kill();
      const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
      if (failed.length > 0)
        throw new AggregateError(
          failed.map(({ reason }) => reason as unknown),
          String(failed[0]!.reason),
        );
    },
  };
}

function textsOf(definitions: ReadonlyMap<string, unknown>): Record<string, string> {
  return Object.fromEntries([...definitions].map(([key, definition]) => [key, textOf(definition)]));
}
