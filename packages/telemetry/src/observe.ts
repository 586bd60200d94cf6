import type { EvaluationContext as FlagContext } from '@flagwright/core';
import { type Sink, tellSinks, type ValueType, wallTime } from '@flagwright/core';
import type { EvaluationDetails, FlagValue, Hook, HookContext } from '@openfeature/server-sdk';
import { evaluationOfDetails } from './evaluation-of-details.ts';

const STARTED = 'started';

/**
 * The OpenFeature hook that tells sinks of every evaluation, whoever answers it; give it all of them, for each hook costs
 * more than an evaluation. Records in `finally`, where nothing can change the application's value, and never throws.
 * Durations are from the `before` stage on, in ms: other hooks that run between count.
 *
 * What is tracked, hooks are not told: give the sinks to the provider, too.
 */
export function observe(...sinks: readonly Sink[]): Hook {
  return {
    before({ hookData }) {
      hookData.set(STARTED, performance.now());
    },
    finally(hookContext: Readonly<HookContext<FlagValue>>, details: EvaluationDetails<FlagValue>) {
      const ended = performance.now();
      const started = hookContext.hookData.get(STARTED);
      tellSinks(sinks, {
        kind: 'evaluation',
        key: hookContext.flagKey,
        type: hookContext.flagValueType as ValueType,
        value: details.value,
        evaluation: evaluationOfDetails(details),
        context: hookContext.context as FlagContext,
        at: wallTime(ended),
        // another hook's `before` has thrown, so that ours was not called
        duration: typeof started === 'number' ? ended - started : 0,
      });
    },
  };
}
