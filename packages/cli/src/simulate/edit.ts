import { type FlagDefinition, isRecord, parseLogic } from '@flagwright/core';
import { CommandError, EXIT } from '../errors/command-error.ts';
import { UsageError } from '../errors/usage-error.ts';
import { readText } from '../files/texts.ts';
import type { Call } from '../grammar/call.ts';
import { shellWord } from '../output/shell-word.ts';
import { isWeighted, withPercentage, withWeights } from './weights.ts';

/** The options that change a flag, in the order in which they are applied. */
const EDITS = ['enabled', 'default-variant', 'clear-targeting', 'targeting', 'weights', 'percentage'] as const;

/** Whether a command line changes a flag itself, instead of by a file. */
export function isEdited(call: Call): boolean {
  return EDITS.some((name) => call.has(name));
}

/** The flag as the command line changes it. Throws `UsageError` for a change that the flag has no place for. */
export async function edited(call: Call, definition: FlagDefinition): Promise<FlagDefinition> {
  let found = definition;
  const enabled = call.text('enabled');
  if (enabled !== undefined) {
    const { state, ...rest } = found;
    found = { ...rest, enabled: enabled === 'true' };
  }
  const variant = call.text('default-variant');
  if (variant !== undefined) found = { ...found, defaultVariant: variant };
  if (call.has('clear-targeting')) {
    const { targeting, ...rest } = found;
    found = rest;
  }
  const targeting = call.text('targeting');
  if (targeting !== undefined) found = { ...found, targeting: (await logicOf(call, targeting)) as never };
  const [weights, percentage, rule] = [call.text('weights'), call.text('percentage'), call.text('rule')];
  if (weights !== undefined && percentage !== undefined) {
    throw new UsageError('--weights and --percentage do not go together: both say how many get what');
  }
  if (rule !== undefined && weights === undefined && percentage === undefined) {
    throw new UsageError('--rule goes with --weights or --percentage');
  }
  if ((weights ?? percentage) !== undefined && rule === undefined)
    checkPlace(found, weights === undefined ? 'percentage' : 'weights');
  if (weights !== undefined) found = withWeights(found, weightsOf(weights), rule);
  if (percentage !== undefined) found = withPercentage(found, percentOf(percentage, '--percentage'), rule);
  return found;
}

/** A split within JSON Logic is of one piece with it: other shares are another expression. Throws `UsageError`. */
function checkPlace(definition: FlagDefinition, option: string): void {
  const { targeting, fallthrough } = definition;
  if (targeting === undefined || targeting === null || targeting === '') return;
  if (isWeighted(definition) || (isRecord(fallthrough) && fallthrough.rollout !== undefined)) return;
  const text = JSON.stringify(typeof targeting === 'string' ? parseLogic(targeting) : targeting);
  const what = ['fractional', '$flagd.flagKey'].find((name) => text.includes(JSON.stringify(name)));
  if (what === undefined) return;
  const shown = text.length <= LONGEST ? shellWord(text) : '@logic.json';
  throw new UsageError(`--${option}: the flag splits by ${what} in its JSON Logic, where --${option} cannot reach`, [
    `Say it with the other shares: --targeting ${shown}`,
    `Or let nothing else decide: --clear-targeting --${option} …`,
    'Or give the flags as they would be: --after <file>',
  ]);
}

/** Longer expressions are no part of a command line. */
const LONGEST = 300;

/** JSON Logic that stands on the command line, or in a file: `@targeting.json`. */
async function logicOf(call: Call, text: string): Promise<unknown> {
  const file = text.startsWith('@') ? await readText(call.world, text.slice(1), '--targeting') : undefined;
  try {
    return parseLogic(file?.text ?? text);
  } catch (thrown) {
    throw new CommandError(EXIT.invalid, 'invalid targeting expression', [
      'Expected valid JSON Logic format',
      thrown instanceof Error ? thrown.message : String(thrown),
    ]);
  }
}

/** `on=25,off=75`, in the order in which they stand. */
function weightsOf(text: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const part of text.split(',')) {
    const at = part.lastIndexOf('=');
    const name = part.slice(0, at).trim();
    const weight = /^\s*\d+(?:\.\d+)?\s*%?\s*$/.test(part.slice(at + 1)) ? Number.parseFloat(part.slice(at + 1)) : -1;
    if (at < 1 || name === '' || weight < 0 || weight > Number.MAX_SAFE_INTEGER || weights.has(name)) {
      throw new UsageError(`--weights has ${JSON.stringify(part)}; expected a variant and its weight, each once`, [
        "As in '--weights on=25,off=75'",
      ]);
    }
    weights.set(name, weight);
  }
  if ([...weights.values()].every((weight) => weight === 0)) {
    throw new UsageError('--weights gives nobody anything; expected a weight above 0');
  }
  return weights;
}

/** `25`, `12.5%`. Throws `UsageError` for anything else, or for what is not from 0 to 100. */
export function percentOf(text: string, option: string): number {
  const percent = /^\d+(?:\.\d+)?\s*%?$/.test(text.trim()) ? Number.parseFloat(text) : Number.NaN;
  if (percent >= 0 && percent <= 100) return percent;
  throw new UsageError(`${option} is ${JSON.stringify(text)}; expected a percentage from 0 to 100, as 12.5%`);
}
