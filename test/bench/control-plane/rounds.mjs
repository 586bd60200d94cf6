import { isDisturbed, watchOthers } from '../propagation/others.mjs';
import { median, quantile } from '../stats.mjs';
import { watchProcessor } from './processor.mjs';

/** Measures each of `names` once a round, in an order that turns around; resolves to the list of rounds of each. */
export async function inRounds(names, rounds, measure) {
  const all = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) all[name].push(await measure(name, round));
  }
  return all;
}

/** What `work` answers, with the processor time that processes used meanwhile, in ns, and the share of others. */
export async function watched(pids, work) {
  const [others, used] = [watchOthers(), watchProcessor(pids)];
  const result = await work();
  return { ...result, cpu: used(), others: others() };
}

/** Median, p95, p99 and the most of times in ms, in ns. */
export function spread(ms) {
  const at = (q) => quantile(ms, q) * 1e6;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), most: at(1) };
}

/**
 * One case from its rounds: of every figure the median over the rounds, of `value` the least and the most as well. All
 * rounds have the same figures.
 */
export function overRounds(rounds, unit = 'ns') {
  const values = rounds.map(({ value }) => value);
  const names = Object.keys(rounds[0]).filter((name) => typeof rounds[0][name] === 'number');
  const middles = names.map((name) => [name, median(rounds.map((round) => round[name]))]);
  const found = Object.fromEntries(middles);
  return {
    unit,
    ...found,
    low: Math.min(...values),
    high: Math.max(...values),
    rounds,
    disturbed: isDisturbed(found.others),
  };
}
