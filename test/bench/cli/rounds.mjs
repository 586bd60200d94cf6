import { isDisturbed, watchOthers } from '../propagation/others.mjs';
import { interval, median, quantile } from '../stats.mjs';

/**
 * Runs each of `commands` once a round, in an order that turns around unless `turning` is false: for each title the
 * median of all rounds and their quartiles. With `base`, the title of one of them, also how many times as long each took as that one in
 * the same round, with its interval. A command that fails has `cannot`, and is not run again.
 */
export function inTurns(commands, rounds, { base, turning = true, progress }) {
  const titles = Object.keys(commands);
  const found = Object.fromEntries(titles.map((title) => [title, []]));
  const failed = {};
  const others = watchOthers();
  for (let round = 0; round < rounds; round++) {
    progress(`round ${round + 1}/${rounds}`);
    for (const title of !turning || round % 2 === 0 ? titles : titles.toReversed()) {
      if (failed[title] !== undefined) continue;
      try {
        found[title].push(commands[title](round));
      } catch (error) {
        failed[title] = error.message;
      }
    }
  }
  const disturbed = isDisturbed(others());
  return Object.fromEntries(
    titles.map((title) => [
      title,
      failed[title] === undefined
        ? { ...figures(found[title], base === undefined ? undefined : found[base]), disturbed }
        : { cannot: failed[title] },
    ]),
  );
}

function figures(rounds, base) {
  const values = rounds.map(({ value }) => value);
  const ratios = base?.length === values.length ? values.map((value, i) => value / base[i].value) : undefined;
  const { middle: ratio, lower, upper } = ratios === undefined ? {} : interval(ratios);
  return {
    unit: 'ns',
    value: median(values),
    low: quantile(values, 0.25),
    high: quantile(values, 0.75),
    least: Math.min(...values),
    most: Math.max(...values),
    // counted in hundredths of a second: the mean over the rounds, and not a median
    cpu: rounds.reduce((sum, { cpu }) => sum + cpu, 0) / rounds.length,
    rounds: rounds.length,
    ...(ratio === undefined ? undefined : { ratio, lower, upper }),
  };
}
