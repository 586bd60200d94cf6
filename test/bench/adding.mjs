import { setTimeout as pause } from 'node:timers/promises';
import { createProvider } from '@flagwright/provider';
import { OpenFeature } from '@openfeature/server-sdk';
import { decorated } from './decorated.mjs';
import { inTurns, processorTime } from './in-turns.mjs';
import { prove } from './prove.mjs';
import { flagwright } from './subjects/flagwright.mjs';

/** Calls of a block through the SDK. */
const SDK_CALLS = 500;

/**
 * S9. Blocks of calls to a resolver and to the same one decorated take turns, each round in the other order; every
 * round gives one difference. What is measured is processor time of the whole process, and a block ends when the
 * background has done what its calls left to do. `caller` is the part of the difference that the calls themselves take.
 */
export async function adding({ scenario, name, rounds }) {
  const works = Object.entries(scenario.cases).map(([caseName, make]) => ({ caseName, ...make() }));
  // one set of flags, as in an application: in a process of its own each case would look quicker than it is
  const flags = new Map(works.flatMap((work) => work.flags).map((flag) => [flag.key, flag]));
  const variant = decorated(name, flagwright.input([...flags.values()]));
  const { bare, tried, trial } = variant;
  const [one, other] = [await import('./caller.mjs?bare'), await import('./caller.mjs?decorated')];
  const open = scenario.sdk ? throughSdk : direct;
  const { sides, close, ...size } = await open(variant, one, other);
  await candidate(trial);

  for (const work of works) {
    work.contexts = work.users.map(flagwright.context);
    for (const resolver of [bare, tried]) await prove(asked(resolver), flagwright, work, work.contexts);
  }
  await settled(trial);
  const block = (call, work) => processorTime(call, work, { ...size, settled: () => isSettled(trial) });
  const cases = await inTurns(works, sides, rounds, block);
  if (trial !== undefined) assertCompared(trial);
  await close();
  return cases;
}

async function direct({ bare, tried, awaits, calls, turns, rests }, one, other) {
  await tried.start?.({ ready() {}, changed() {}, stale() {}, error() {} });
  const run = awaits ? 'awaited' : 'called';
  const sides = [
    (work, count) => one[run](bare, work.key, work.contexts, count),
    (work, count) => other[run](tried, work.key, work.contexts, count),
  ];
  return { sides, calls, turns, rests, close: () => tried.stop?.() };
}

async function throughSdk({ bare, tried }, one, other) {
  await OpenFeature.setProviderAndWait('bare', createProvider(bare));
  await OpenFeature.setProviderAndWait('tried', createProvider(tried));
  const [base, mine] = [OpenFeature.getClient('bare'), OpenFeature.getClient('tried')];
  const sides = [
    (work, count) => one.evaluated(base, work.key, work.contexts, count),
    (work, count) => other.evaluated(mine, work.key, work.contexts, count),
  ];
  return { sides, calls: SDK_CALLS, turns: 1, close: () => OpenFeature.clearProviders() };
}

const asked = (resolver) => ({
  bool: async (key, context) => (await resolver.resolve('boolean', key, false, context)).value,
});

/** Waits until the candidate answers. */
async function candidate(trial) {
  while (trial !== undefined && trial.report().candidate.status !== 'ready') await pause(1);
}

async function settled(trial) {
  while (!isSettled(trial)) await pause(1);
}

/** Whether all that was drawn has been compared. */
function isSettled(trial) {
  if (trial === undefined) return true;
  const { compared, skipped, candidateErrors } = trial.report();
  return compared + skipped + candidateErrors >= trial.drawn();
}

/** Throws unless the sample was of the right size, and the whole of it compared and found the same. */
function assertCompared({ sample, report }) {
  const { evaluations, compared, mismatched, skipped, candidateErrors } = report();
  const share = compared / evaluations;
  const right = Math.abs(share - sample) <= sample / 5 && mismatched + skipped + candidateErrors === 0;
  if (!right) throw new Error(`${compared} of ${evaluations} compared, ${mismatched} differ, ${skipped} skipped`);
}
