import { UsageError } from '../errors/usage-error.ts';
import type { Kind } from '../nouns/noun.ts';

/** Where a kind is; each is asked for where the kind is in one. */
export interface Scoped {
  project(): string;
  stage(): string;
}

/** The path of a list of a kind, below the base of the API. Throws `UsageError`. */
export function listPath(kind: Kind, scope: Scoped): string {
  const project = (): string => `/projects/${segment(scope.project(), 'project')}`;
  switch (kind) {
    case 'Project':
      return '/projects';
    case 'Stage':
      return '/stages';
    case 'Template':
      return '/templates';
    case 'ChangeRequest':
      return '/change-requests';
    case 'ProjectStage':
      return `${project()}/stages`;
    case 'FeatureFlag':
      return `${project()}/feature-flags`;
    case 'Context':
      return `${project()}/contexts`;
    case 'FeatureFlagStage':
      return `${project()}/stages/${segment(scope.stage(), 'stage')}/feature-flags`;
  }
}

/** A name as a part of a path. Throws `UsageError` for what would lead elsewhere. */
export function segment(name: string, what = 'id'): string {
  // an address is walked by these, however they are written
  if (name !== '' && name !== '.' && name !== '..') return encodeURIComponent(name);
  throw new UsageError(`the ${what} is ${JSON.stringify(name)}; expected one of letters, digits and hyphens`);
}
