import { demand, may, type Principal } from '../access/principal.ts';
import { addressOf, segmentsOf } from '../http/path.ts';
import { checkParameter } from '../http/path-parameters.ts';
import { Problem } from '../http/problem.ts';
import type { Asked, Mount } from '../http/router.ts';
import { changedFlag, newFlag } from './manifest-body.ts';
import { manifestError } from './manifest-error.ts';
import type { ManifestFlag, ManifestFlags, StoredManifestFlag } from './manifest-flags.ts';

/**
 * The manifest management API 0.1 of the OpenFeature CLI, for `openfeature pull` and `push`, to mount in the router:
 *
 * - `GET /openfeature/v0/manifest`: `{ flags: […] }`, those that are not archived
 * - `POST /openfeature/v0/manifest/flags`: 201, or 409 for a key that is taken
 * - `PUT /openfeature/v0/manifest/flags/{key}`: what is absent stays as it is, but the type must be said
 * - `DELETE /openfeature/v0/manifest/flags/{key}`: archives the flag
 *
 * The project is that of the token, if it is for one; otherwise the path begins with `/projects/{project}`. Answers say in
 * `X-Manifest-Capabilities` what the token may do; errors are `{ error: { message, status, details } }`.
 */
export function manifestMounts(flags: ManifestFlags): readonly Mount[] {
  const handle = async (request: Request, asked: Asked): Promise<Response> => {
    try {
      return await answer(flags, request, asked);
    } catch (thrown) {
      return manifestError(thrown);
    }
  };
  return [
    { id: 'manifest', prefix: '/openfeature', access: 'own', handle },
    { id: 'projectManifest', prefix: '/projects/{project}/openfeature', access: 'own', handle },
  ];
}

async function answer(flags: ManifestFlags, request: Request, { who, requestId, params }: Asked): Promise<Response> {
  const key = keyIn(request, params.project !== undefined);
  const action = actionOf(request.method, key);
  const project = params.project ?? only(who.projects);
  if (project === undefined) {
    throw new Problem(
      'INVALID_ARGUMENT',
      'this token is for more than one project, so it is not clear which is meant',
      {
        hint: 'use /projects/{project} of this server as the provider URL, or a token for one project',
      },
    );
  }
  demand(who, action === 'list' ? 'read' : 'write', { project });
  const headers = { 'x-manifest-capabilities': capabilities(who, project), 'cache-control': 'no-store' };
  const writer = { who, requestId };
  switch (action) {
    case 'list':
      return Response.json({ flags: (await flags.list(project)).map(shown) }, { headers });
    case 'create': {
      const made = await flags.create(project, await newFlag(request), writer);
      return Response.json(stored(made), { status: 201, headers });
    }
    case 'replace': {
      const changed = await flags.replace(project, await changedFlag(request, key!), writer);
      return Response.json(stored(changed), { headers });
    }
    case 'archive': {
      const archivedAt = await flags.archive(project, key!, writer);
      const message = `Flag ${JSON.stringify(key)} is archived. It can be restored by PATCH of the feature flag.`;
      return Response.json({ message, archivedAt: archivedAt.toISOString() }, { headers });
    }
  }
}

type Action = 'list' | 'create' | 'replace' | 'archive';

/** The key in the path; `null`: the manifest as a whole, undefined: all flags. Throws `Problem`: `NOT_FOUND`, `INVALID_ARGUMENT`. */
function keyIn(request: Request, prefixed: boolean): string | null | undefined {
  const [, version, manifest, list, key, ...rest] = segmentsOf(addressOf(request.url).path).slice(prefixed ? 2 : 0);
  if (version === 'v0' && manifest === 'manifest' && rest.length === 0) {
    if (list === undefined) return null;
    if (list === 'flags' && key === undefined) return undefined;
    if (list === 'flags') {
      checkParameter('flag', key!);
      return key;
    }
  }
  throw new Problem('NOT_FOUND', 'there is nothing at this path', {
    hint: 'the manifest is …/openfeature/v0/manifest',
  });
}

/** Throws `Problem('METHOD_NOT_ALLOWED')` for what nobody can do there. */
function actionOf(method: string, key: string | null | undefined): Action {
  const actions: Readonly<Record<string, Action>> =
    key === null
      ? { GET: 'list', HEAD: 'list' }
      : key === undefined
        ? { POST: 'create' }
        : { PUT: 'replace', DELETE: 'archive' };
  if (Object.hasOwn(actions, method)) return actions[method]!;
  const allow = Object.keys(actions).join(', ');
  throw new Problem('METHOD_NOT_ALLOWED', `there is no such method here; expected one of ${allow}`, {
    headers: { allow },
  });
}

function capabilities(who: Principal, project: string): string {
  const writes = may(who, 'write', { project });
  return ['read', ...(writes ? ['write', 'delete'] : [])].join(',');
}

function shown({ key, name, type, description, defaultValue }: ManifestFlag): object {
  return { key, name: name ?? key, type, description, defaultValue };
}

function stored({ flag, updatedAt }: StoredManifestFlag): object {
  return { flag: shown(flag), updatedAt: updatedAt.toISOString() };
}

function only(names: readonly string[] | undefined): string | undefined {
  return names?.length === 1 ? names[0] : undefined;
}
