import type { EvaluationContext } from '@flagwright/core';
import { put } from './columns.ts';
import { BATCH, type Contexts } from './contexts.ts';
import { randomOf } from './random.ts';
import type { Made } from './spec.ts';

/**
 * Contexts that are made: the same for the same seed. Each attribute has random numbers of its own, so that one more
 * attribute leaves the others as they are.
 */
export function generatedContexts(made: readonly Made[], count: number, seed: string): Contexts {
  return {
    title: `made with seed ${seed}`,
    sampled: true,
    count,
    names: new Set(made.map(({ name }) => name)),
    async *batches() {
      const names = made.map(({ name }) => name);
      const makes = made.map(({ make }) => make);
      const randoms = names.map((name) => randomOf(`${seed} ${name}`));
      for (let done = 0; done < count; done += BATCH) {
        const batch: EvaluationContext[] = [];
        for (let i = Math.min(BATCH, count - done); i > 0; i--) {
          const context: Record<string, unknown> = {};
          for (let j = 0; j < names.length; j++) {
            const value = makes[j]!(randoms[j]!);
            if (value !== undefined) put(context, names[j]!, value);
          }
          batch.push(context);
        }
        yield batch;
      }
    },
  };
}
