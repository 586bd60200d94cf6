import type { Gates } from '../gates.ts';
import { checkGatesGiven } from '../given-gates.ts';
import { STAGE_WORD, type Stage } from '../maturity.ts';
import { ALL_OF } from '../names.ts';

/** What Kubernetes tells of in its help: the rest is for everybody, or goes, or has not come. */
const TOLD: ReadonlySet<Stage> = new Set<Stage>(['alpha', 'beta']);

/**
 * The alpha and beta gates as the help of `--feature-gates` tells them, in the words of Kubernetes
 * (`component-base/featuregate`, `AddFlag` and `KnownFeatures`): a line each, sorted, `AllAlpha` and `AllBeta` among
 * them. Defaults are those of the running version and channel.
 */
export function gateHelp(gates: Gates): string {
  checkGatesGiven(gates);
  const lines = Object.entries(ALL_OF).map(([name, stage]) => lineOf(name, stage, false));
  for (const { name, stage, default: byDefault } of gates.list()) {
    if (TOLD.has(stage)) lines.push(lineOf(name, stage, byDefault));
  }
  const intro = 'A set of key=value pairs that describe feature gates for alpha/experimental features. Options are:';
  return [intro, ...lines.sort()].join('\n');
}

function lineOf(name: string, stage: Stage, byDefault: boolean): string {
  return `${name}=true|false (${STAGE_WORD[stage]} - default=${byDefault})`;
}
