import type { ControlPlane, Resources } from '@flagwright/server/client';
import type { Kind } from '../nouns/noun.ts';

/** The resources of a kind; the project and the stage are asked for where the kind is in one. */
export function resourcesOf(
  api: ControlPlane,
  kind: Kind,
  project: () => string,
  stage: () => string,
): Resources<unknown> {
  switch (kind) {
    case 'Project':
      return api.projects as Resources<unknown>;
    case 'Stage':
      return api.stages as Resources<unknown>;
    case 'ProjectStage':
      return api.links(project()) as Resources<unknown>;
    case 'FeatureFlag':
      return api.flags(project()) as Resources<unknown>;
    case 'FeatureFlagStage':
      return api.stageDefinitions(project(), stage()) as Resources<unknown>;
    case 'Context':
      return api.contexts(project()) as Resources<unknown>;
    case 'ChangeRequest':
      return api.changeRequests as unknown as Resources<unknown>;
    case 'Template':
      return api.templates as Resources<unknown>;
  }
}
