import type { Effect } from '@flagwright/server/model';
import { interval } from './interval.ts';
import { plainOutcome } from './outcome.ts';
import type { Sticky } from './sticky.ts';
import type { Counted } from './tally.ts';

/** All that a simulation found. */
export interface Found {
  readonly flag: string;
  /** The set: a file, or a project and a stage. */
  readonly title: string;
  /** What it would be after; undefined: nothing is changed. */
  readonly change: string | undefined;
  readonly contexts: {
    readonly title: string;
    readonly sampled: boolean;
    /** How they are made, as `--generate` takes it. */
    readonly generator: string | undefined;
    /** They are made of what the flag asks for, since nothing else was said. */
    readonly derived: boolean;
    readonly seed: string | undefined;
    readonly skipped: number;
    readonly firstSkipped: string | undefined;
  };
  readonly interrupted: boolean;
  readonly counted: Counted;
  readonly sticky: Sticky;
  /** What the definitions themselves tell of the change. */
  readonly effect: Effect | undefined;
  readonly words: readonly string[];
  /** What else is to be known. */
  readonly notes: readonly string[];
}

/** The same for programs. Shares are parts of 1; an interval is where the true share is, 95 times out of 100. */
export function numbersOf(found: Found): Readonly<Record<string, unknown>> {
  const { counted, contexts, sticky, effect } = found;
  const { total, outcomes, now, after, moves, moved, unsplit, by } = counted;
  const share = (count: number): number => (total === 0 ? 0 : count / total);
  const name = (i: number): string => outcomes[i]!.name;
  const sharesOf = (counts: readonly number[]): readonly unknown[] =>
    counts.map((count, i) => ({
      ...plainOutcome(outcomes[i]!),
      count,
      share: share(count),
      ...(contexts.sampled ? { interval: interval(count, total) } : {}),
    }));
  return {
    flag: found.flag,
    set: found.title,
    ...(found.change === undefined ? {} : { change: found.change }),
    contexts: {
      total,
      from: contexts.title,
      sampled: contexts.sampled,
      ...(contexts.generator === undefined ? {} : { generator: contexts.generator, seed: contexts.seed }),
      ...(contexts.skipped === 0 ? {} : { skipped: contexts.skipped, firstSkipped: contexts.firstSkipped }),
    },
    ...(found.interrupted ? { interrupted: true } : {}),
    now: sharesOf(now),
    ...(after === undefined
      ? {}
      : {
          after: sharesOf(after),
          transitions: moves.flatMap((row, from) =>
            row.flatMap((count, to) =>
              count === 0 ? [] : [{ from: name(from), to: name(to), count, share: share(count) }],
            ),
          ),
          moved: {
            count: moved,
            share: share(moved),
            ...(contexts.sampled ? { interval: interval(moved, total) } : {}),
            losses: sticky.losses.map(({ outcome, had, lost }) => ({ from: name(outcome), had, lost })),
            swaps: sticky.swaps.map(({ from, to, count }) => ({ from: name(from), to: name(to), count })),
          },
        }),
    errors: {
      now: errorsOf(counted, now),
      ...(after === undefined ? {} : { after: errorsOf(counted, after) }),
    },
    withoutBucketingKey: { now: unsplit.now, ...(after === undefined ? {} : { after: unsplit.after }) },
    absentAttributes: counted.unseen,
    ...(by === undefined
      ? {}
      : {
          by: {
            attribute: by.attribute,
            values: by.parts.map((part) => ({
              value: part.value,
              total: part.total,
              now: namedCounts(counted, part.now),
              ...(after === undefined ? {} : { after: namedCounts(counted, part.after), moved: part.moved }),
            })),
            others: by.others,
          },
        }),
    ...(effect === undefined ? {} : { effect }),
    ...(found.words.length === 0 ? {} : { words: found.words }),
    ...(found.notes.length === 0 ? {} : { notes: found.notes }),
  };
}

function errorsOf({ outcomes }: Counted, counts: readonly number[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    outcomes.flatMap(({ code }, i) => (code === undefined || counts[i] === 0 ? [] : [[code, counts[i]!] as const])),
  );
}

function namedCounts({ outcomes }: Counted, counts: readonly number[]): Readonly<Record<string, number>> {
  return Object.fromEntries(counts.flatMap((count, i) => (count === 0 ? [] : [[outcomes[i]!.name, count] as const])));
}
