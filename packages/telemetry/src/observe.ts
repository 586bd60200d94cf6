import type { EvaluationContext as FlagContext } from '@flagwright/core';
import { FlagError, preview, type Sink, tellSinks, type ValueType, wallTime } from '@flagwright/core';
import type { EvaluationDetails, FlagValue, Hook, HookContext } from '@openfeature/server-sdk';
import { evaluationOfDetails } from './evaluation-of-details.ts';

let hooks = 0;

/**
 * The OpenFeature hook that tells sinks of every evaluation, whoever answers it; give it all of them, for each hook costs
 * more than an evaluation. Records in `finally`, where nothing can change the application's value, and never throws.
 * Durations are from the `before` stage on, in ms: other hooks that run between count. Throws `INVALID_ARGUMENT` at once
 * for a sink that is no function.
 *
 * What is tracked, hooks are not told: give the sinks to the provider, too.
 */
export function observe(...sinks: readonly Sink[]): Hook {
  for (const sink of sinks) {
    if (typeof sink !== 'function') {
      throw new FlagError(
        'INVALID_ARGUMENT',
        `${preview(sink)} is no sink; expected a function, such as recorder(…).sinks[0]`,
      );
    }
  }
  // to find the clock takes a seventh of a reading
  const { performance } = globalThis;
  // below a MultiProvider all hooks of an evaluation share their data
  const started = `flagwright.started.${hooks++}`;

  return {
    before({ hookData }) {
      hookData?.set(started, performance.now());
    },
    finally(hookContext: Readonly<HookContext<FlagValue>>, details: EvaluationDetails<FlagValue>) {
      const ended = performance.now();
      const begun = hookContext.hookData?.get(started);
      tellSinks(sinks, {
        kind: 'evaluation',
        key: hookContext.flagKey,
        type: hookContext.flagValueType as ValueType,
        value: details.value,
        evaluation: evaluationOfDetails(details),
        context: hookContext.context as FlagContext,
        at: wallTime(ended),
        // another hook's `before` has thrown, so that ours was not called
        duration: typeof begun === 'number' ? ended - begun : 0,
      });
    },
  };
}
