import { plain } from '../logic.mjs';
import { quantile } from '../stats.mjs';
import { definition } from '../subjects/flagwright.mjs';
import { fill } from './backends.mjs';
import { proveClock } from './clock.mjs';
import { isDisturbed, watchOthers } from './others.mjs';
import { tick } from './ticks.mjs';
import { startWorker } from './worker.mjs';

/** Followers are spread evenly over processes; `gap` is the time between two commits, in ms. */
const CASES = {
  '1 follower': { followers: 1, processes: 1, gap: 30 },
  '10 followers': { followers: 10, processes: 5, gap: 30 },
  '50 followers': { followers: 50, processes: 5, gap: 30 },
  'burst, 10 followers': { followers: 10, processes: 5, gap: 0 },
};

const FLAGS = 100;
const WARM = 30;

/**
 * How long a commit in one process takes to be seen by an evaluation in others. All figures in ns, over every pair of
 * commit and follower: from when the commit resolved, and from when it was called.
 */
export async function time(backend, { quick }) {
  const edits = Array.from({ length: FLAGS - 1 }, (_, i) => ({
    key: `flag-${i}`,
    next: definition(plain(`flag-${i}`)),
  }));
  await fill(backend, [...edits, tick(0)]);
  const cases = {};
  for (const [name, one] of Object.entries(CASES)) cases[name] = await measured(backend, one, quick ? 60 : 300);
  return cases;
}

async function measured({ where }, { followers, processes, gap }, count) {
  const writer = startWorker('writer');
  const workers = Array.from({ length: processes }, () => startWorker('followers'));
  try {
    await Promise.all([
      writer.ask('open', where),
      ...workers.map((one) => one.ask('follow', where, followers / processes)),
    ]);
    const apart = [];
    for (const one of [writer, ...workers]) apart.push(await proveClock(one));
    const warm = await writer.ask('commit', WARM, gap);
    await seenBy(workers, warm);
    const others = watchOthers();
    const written = await writer.ask('commit', count, gap);
    const seen = await seenBy(workers, written);
    const share = others();
    return {
      ...figures(written, seen),
      followers,
      processes,
      count,
      clock: Math.max(...apart) * 1e6,
      others: share,
      disturbed: isDisturbed(share),
    };
  } finally {
    await Promise.all([writer, ...workers].map((one) => one.stop()));
  }
}

/** When the flags' numbers were seen, by each follower of each process. */
export async function seenBy(workers, { first, last }) {
  return (await Promise.all(workers.map((one) => one.ask('times', first, last)))).flat();
}

function figures({ called, resolved }, seen) {
  const each = (since) => seen.flatMap(({ times }) => times.map((at, i) => at - since[i]));
  const everywhere = resolved.map((at, i) => Math.max(...seen.map(({ times }) => times[i])) - at);
  const after = spread(each(resolved));
  return {
    unit: 'ns',
    value: after.p99,
    after,
    fromCall: spread(each(called)),
    everywhere: spread(everywhere),
    commit: spread(resolved.map((at, i) => at - called[i])),
    /** How many a second: what the writer managed. */
    rate: (resolved.length / (resolved.at(-1) - called[0])) * 1000,
    /** The share of commits that a follower saw only as part of a later one. */
    superseded: seen.reduce((sum, one) => sum + one.superseded, 0) / (seen.length * resolved.length),
  };
}

function spread(ms) {
  const at = (q) => quantile(ms, q) * 1e6;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), most: at(1) };
}
