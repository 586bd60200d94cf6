import { setImmediate as immediate, setTimeout as pause } from 'node:timers/promises';
import { pace } from './pace.mjs';
import { assertShare } from './prove.mjs';
import { median } from './stats.mjs';

/** Blocks of each case that are not counted. */
const WARM = 15;

/**
 * What one side takes more than another, by case. `sides` are two calls `(work, count)`, whose blocks take turns, each
 * round in the other order; every round gives one difference and one ratio.
 */
export async function inTurns(works, sides, rounds, block) {
  for (let i = 0; i < WARM; i++) for (const work of works) for (const call of sides) await block(call, work);
  const cases = {};
  for (const work of works) {
    const before = pace();
    const [bases, times, differences, callers, ratios] = [[], [], [], [], []];
    for (let round = 0; round < rounds; round++) {
      const found = [];
      for (const side of round % 2 === 0 ? [0, 1] : [1, 0]) found[side] = await block(sides[side], work);
      const [base, mine] = found;
      bases.push(base.whole);
      times.push(mine.whole);
      differences.push(mine.whole - base.whole);
      callers.push(mine.called - base.called);
      ratios.push(mine.whole / base.whole);
    }
    cases[work.caseName] = {
      unit: 'ns',
      value: median(times),
      base: median(bases),
      caller: median(callers),
      differences,
      ratios,
      pace: Math.max(before, pace()),
    };
  }
  return cases;
}

/**
 * Nanoseconds a call, of processor time of the whole process: those of the calls alone, and those with what they left to
 * do in the background, which has ended when `settled` says so; without, at the next turn of the event loop.
 */
export async function processorTime(call, work, { calls, turns, rests, settled }) {
  let [called, whole, on] = [0, 0, 0];
  const begun = process.cpuUsage();
  for (let turn = 1; turn <= turns; turn++) {
    const before = process.cpuUsage();
    const counted = call(work, calls);
    on += counted instanceof Promise ? await counted : counted;
    called += used(before);
    if (turn < turns) await (rests ? pause(2) : immediate());
  }
  do {
    await (settled === undefined ? immediate() : pause(2));
    whole = used(begun);
  } while (settled?.() === false);
  assertShare(work.expect, on / (calls * turns));
  return { called: called / (calls * turns), whole: whole / (calls * turns) };
}

function used(before) {
  const { user, system } = process.cpuUsage(before);
  return (user + system) * 1e3;
}
