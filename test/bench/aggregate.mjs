import { disturbed } from './pace.mjs';
import { interval, median, ratioOf } from './stats.mjs';

/** One result from those of the rounds. */
export function aggregate(rounds) {
  const bad = rounds.find((round) => round.cases === undefined);
  if (bad !== undefined) return bad;
  const cases = {};
  for (const [name, first] of Object.entries(rounds[0].cases)) {
    const each = rounds.map((round) => round.cases[name]);
    cases[name] = aggregateCase(each, first);
  }
  return { ...rounds[0], cases };
}

/** Whether a case of these rounds was never measured on a quiet machine. */
export const restless = (rounds) =>
  Object.keys(rounds[0]?.cases ?? {}).some((name) => rounds.every((round) => disturbed(round.cases[name]?.pace)));

/** Rounds in which the machine was disturbed are set aside, if there are others. */
function aggregateCase(all, first) {
  if (first.cannot !== undefined) return first;
  const quiet = all.filter((round) => !disturbed(round.pace));
  const each = quiet.length > 0 ? quiet : all;
  // not the first of all, which may be set aside
  const [kept] = each;
  const values = each.map(({ value }) => value);
  const value = median(values);
  const spread =
    each.length > 1
      ? { low: Math.min(...values), high: Math.max(...values) }
      : { low: kept.low ?? value, high: kept.high ?? value };
  const ratios = each.flatMap((round) => round.ratios ?? []);
  return {
    ...kept,
    ...Object.fromEntries(AMOUNTS.filter((name) => name in kept).map((name) => [name, middle(each, name)])),
    ...spread,
    value,
    rounds: kept.rounds ?? values,
    disturbed: quiet.length === 0,
    setAside: all.length - each.length,
    ...(ratios.length > 0 ? ratioOf(ratios) : undefined),
    ...(kept.differences === undefined ? undefined : difference(each)),
  };
}

/** What is measured besides the value. */
const AMOUNTS = ['allocated', 'cpu', 'memory'];

const middle = (each, name) => median(each.map((round) => round[name]));

/** What is added, over all blocks, and how far the processes are apart. */
function difference(each) {
  const differences = each.flatMap((round) => round.differences);
  const medians = each.map((round) => median(round.differences));
  return {
    differences,
    added: interval(differences),
    apart: { low: Math.min(...medians), high: Math.max(...medians) },
    base: middle(each, 'base'),
    caller: middle(each, 'caller'),
    rounds: differences.length,
  };
}
