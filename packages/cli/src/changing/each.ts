import { CommandError, EXIT } from '../errors/command-error.ts';
import { toldJson, toldOf, toldText } from '../errors/tell.ts';
import type { Told } from '../errors/told.ts';
import type { Call } from '../grammar/call.ts';
import { outputOf } from '../output/output.ts';
import { safeLines } from '../output/safe.ts';
import { finishing } from '../terminal/finishing.ts';

/** One of several things to do. */
export interface Step {
  /** Of what a file says: where it says so. */
  readonly where?: string;
  /** Throws what went wrong. */
  run(): Promise<void>;
}

/**
 * Does one thing after the other. A failure is told, and the next is done all the same, unless nothing else can succeed
 * either; at the end comes a summary. One thing alone fails as a whole. `done` is what happened to those that did not fail,
 * as `created`. Resolves to the exit code, which is that of the first failure.
 */
export async function doEach(call: Call, steps: readonly Step[], done: string): Promise<number> {
  const [only] = steps;
  if (only !== undefined && steps.length === 1) {
    await runOnly(call, only);
    return EXIT.ok;
  }
  const { world } = call;
  let exit: number = EXIT.ok;
  let [good, bad, open] = [0, 0, 0];
  let why = '';
  const summary = (reason: string, underWay = 0): string => {
    const perhaps = open + underWay;
    const left = steps.length - good - bad - perhaps;
    const rest = left === 0 ? '' : `, ${left} not tried: ${reason}`;
    const failed = bad === 0 ? '' : `, ${bad} failed`;
    // the answer to the request was lost
    const unknown = perhaps === 0 ? '' : `, ${perhaps} perhaps ${done}`;
    return `${good} of ${steps.length} ${done}${unknown}${failed}${rest}\n`;
  };
  const { interrupted, done: finished } = finishing(call, { last: () => world.err(summary('interrupted', 1)) });
  for (const step of steps) {
    if (interrupted.aborted) {
      why = 'interrupted';
      break;
    }
    try {
      await step.run();
      good++;
    } catch (thrown) {
      if ((thrown as { readonly code?: unknown } | null)?.code === 'EPIPE') throw thrown;
      const told = placed(await toldOf(thrown, call), step);
      world.err(outputOf(call) === 'json' ? toldJson(told) : safeLines(toldText(told)));
      if ((thrown as { readonly code?: unknown } | null)?.code === 'UNKNOWN') open++;
      else bad++;
      if (exit === EXIT.ok) exit = told.exit;
      if (!isHopeless(told)) continue;
      why = 'the rest would fail for the same reason';
      break;
    }
  }
  finished();
  if (good < steps.length) world.err(summary(why));
  return interrupted.aborted ? EXIT.interrupted : exit;
}

/** No server, no token that is good, too many requests: it is not about the one thing. */
function isHopeless({ exit, more }: Told): boolean {
  return exit === EXIT.unauthorized || exit === EXIT.failed || more?.status === 429;
}

/** Throws what went wrong, with where it is. */
async function runOnly(call: Call, step: Step): Promise<void> {
  try {
    await step.run();
  } catch (thrown) {
    if (step.where === undefined || (thrown as { readonly code?: unknown } | null)?.code === 'EPIPE') throw thrown;
    const { exit, message, hints, more } = placed(await toldOf(thrown, call), step);
    throw new CommandError(exit, message, hints, more);
  }
}

/** An error with where what failed stands in a file; not of what would fail everywhere. */
function placed(told: Told, { where }: Step): Told {
  return where === undefined || isHopeless(told) ? told : { ...told, message: `${where}: ${told.message}` };
}
