import type { FeatureFlagSpec } from '@flagwright/server/model';
import type { Converted } from './convert.ts';

/**
 * A flag over the one that is there already: what that says beside is kept, for other stages go by it; the definition of
 * the stage takes back what would count there, as far as it can.
 */
export function over(there: FeatureFlagSpec | undefined, { flag, definition }: Converted): Converted {
  if (there === undefined) return { flag, definition };
  const { prerequisites, defaultVariant } = there;
  return {
    flag: { ...there, ...flag },
    definition: {
      ...(prerequisites === undefined ? {} : { prerequisites: [] }),
      ...(defaultVariant === undefined ? {} : { defaultVariant: null }),
      ...definition,
    },
  };
}
