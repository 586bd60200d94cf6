import type { Issue } from '@flagwright/core';
import { Problem } from '../http/problem.ts';
import { parsedTargeting } from '../publish/targeting.ts';
import type { FeatureFlagStageSpec } from '../schema/resources.generated.ts';

/** A definition with its targeting as JSON Logic, however that was written; or what is wrong with it. */
export function targetingOf<Spec extends Pick<FeatureFlagStageSpec, 'targeting'>>(
  spec: Spec,
): { readonly spec: Spec; readonly issues: readonly Issue[] } {
  try {
    return { spec: { ...spec, ...parsedTargeting(spec) }, issues: [] };
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    return { spec, issues: thrown.issues };
  }
}
