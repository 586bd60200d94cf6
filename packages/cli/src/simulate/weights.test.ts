import { compile, type FlagDefinition } from '@flagwright/core';
import { expect, it } from 'vitest';
import { withPercentage, withWeights } from './weights.ts';

const flag: FlagDefinition = {
  variants: [
    { name: 'x', value: 'x', weight: 1 },
    { name: 'y', value: 'y', weight: 3 },
  ],
  defaultVariant: 'x',
};

/** The weights of the variants of a flag that can be used. */
function weightsOf(definition: FlagDefinition): readonly (number | undefined)[] {
  const [compiled] = compile({ document: { flags: { f: definition } }, revision: '1' }).flags.values();
  expect(compiled!.issues).toEqual([]);
  return (definition.variants as readonly { readonly weight?: number }[]).map(({ weight }) => weight);
}

it.each([
  [25, [75, 25]],
  [12.5, [875, 125]],
  [33.3, [667, 333]],
  [33.33333, [6_666_667, 3_333_333]],
  [0.0000001, [999_999_999, 1]],
  [12.34567890123456, [876_543_211, 123_456_789]],
  [0, [100, 0]],
  [100, [0, 100]],
])('gives %d %% to a variant with a weight', (percent, weights) => {
  expect(weightsOf(withPercentage(flag, percent, undefined))).toEqual(weights);
});

it.each([
  [{ x: 12.5, y: 87.5 }, [125, 875]],
  [{ x: 1.25, y: 3 }, [125, 300]],
  [{ x: 1, y: 3 }, [1, 3]],
  [{ y: 0.1 }, [0, 1]],
  [{ x: 0.1, y: 0.2 }, [1, 2]],
  [{ x: 1e-20, y: 3e-20 }, [1, 3]],
  [{ x: 2_000_000_000.5, y: 0.5 }, [2_000_000_001, 0]],
])('takes the weights %j', (weights, whole) => {
  expect(weightsOf(withWeights(flag, new Map(Object.entries(weights)), undefined))).toEqual(whole);
});
