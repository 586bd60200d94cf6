import type { Call } from '../http/operation.ts';
import { checkParameter } from '../http/path-parameters.ts';
import { Problem } from '../http/problem.ts';
import { type Key, type Kind, keys } from './resource.ts';

/** What a manifest says of where it belongs. */
interface Named {
  readonly id?: string;
  readonly metadata?: {
    readonly id?: string;
    readonly project?: string;
    readonly stage?: string;
    readonly featureFlagId?: string;
  };
  readonly spec: { readonly name?: unknown };
}

/**
 * The key of a resource that is sent to a collection, or to the place of `there`: what its metadata and the address say
 * must agree. Without an id, one is made of the name. Throws `Problem('INVALID_ARGUMENT')`.
 */
export function newKey(kind: Kind, call: Pick<Call, 'params' | 'body'>, there?: Key): Key {
  const key = keyOf(kind, call, there);
  checkParameter(PARAMETERS[kind], key.id);
  return key;
}

/** The parameter of paths that is the id of a kind. */
const PARAMETERS: Readonly<Record<Kind, string>> = {
  Project: 'project',
  Stage: 'stage',
  ProjectStage: 'stage',
  FeatureFlag: 'flag',
  FeatureFlagStage: 'flag',
  Context: 'context',
  ChangeRequest: 'request',
  Template: 'template',
};

function keyOf(kind: Kind, { params, body }: Pick<Call, 'params' | 'body'>, there: Key | undefined): Key {
  const { id: mirror, metadata = {}, spec } = body as Named;
  agree('metadata.project', metadata.project, params.project);
  const project = params.project ?? '';
  const plain = (): string => {
    agree('id', mirror, metadata.id);
    agree('metadata.id', metadata.id ?? mirror, there?.id);
    return metadata.id ?? mirror ?? there?.id ?? slug(kind, spec.name);
  };
  switch (kind) {
    case 'Project':
      return keys.project(plain());
    case 'Stage':
      return keys.stage(plain());
    case 'Template':
      return keys.template(plain());
    case 'ProjectStage':
      agree('metadata.stage', metadata.stage, there?.id);
      return keys.link(project, wanted('metadata.stage', metadata.stage ?? there?.id));
    case 'FeatureFlagStage':
      agree('metadata.stage', metadata.stage, params.stage);
      agree('metadata.featureFlagId', metadata.featureFlagId, there?.id);
      return keys.definition(
        project,
        params.stage!,
        wanted('metadata.featureFlagId', metadata.featureFlagId ?? there?.id),
      );
    case 'FeatureFlag':
      return keys.flag(project, plain());
    default:
      return keys.context(project, plain());
  }
}

function agree(field: string, said: string | undefined, there: string | undefined): void {
  if (said === undefined || there === undefined || said === there) return;
  throw new Problem(
    'INVALID_ARGUMENT',
    `${field} is ${JSON.stringify(said)}, and elsewhere the request says ${JSON.stringify(there)}`,
  );
}

function wanted(field: string, id: string | undefined): string {
  if (id !== undefined) return id;
  throw new Problem('INVALID_ARGUMENT', `${field} is missing; expected an id`);
}

/** An id made of a name: small letters, digits and hyphens. */
function slug(kind: Kind, name: unknown): string {
  const id = typeof name !== 'string' ? '' : slugOf(name);
  if (id !== '') return id;
  throw new Problem(
    'INVALID_ARGUMENT',
    `metadata.id is missing, and the name of the ${kind} makes none; expected an id`,
  );
}

function slugOf(name: string): string {
  return (
    name
      .slice(0, 200)
      .normalize('NFKD')
      // what was a letter with a mark is one letter
      .replace(/\p{M}+/gu, '')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .slice(0, 63)
      .replace(/^-|-$/g, '')
  );
}
