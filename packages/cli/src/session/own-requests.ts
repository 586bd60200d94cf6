import { isRecord } from '@flagwright/core';
import { ApiError, type Ask } from '@flagwright/server/client';

/** Where a command line says that a change request belongs; what it does not say is undefined. */
export interface SaidPlace {
  readonly project: string | undefined;
  readonly stage: string | undefined;
}

/** The path of a change request, and what comes after it. */
const REQUEST = /^\/change-requests\/([^/?]+)(\/[^?]*)?$/;

/**
 * The same requests, but that change requests of another project or stage than the command line says are not there. Whoever
 * says both means one of them, and it is not known which.
 */
export function ownRequests(ask: Ask, said: SaidPlace): Ask {
  if (said.project === undefined && said.stage === undefined) return ask;
  const looked = new Set<string>();
  const look = (id: string, request: unknown): void => {
    const spec = isRecord(request) && isRecord(request.spec) ? request.spec : {};
    refuse(id, 'project', spec.projectId, said.project);
    refuse(id, 'stage', spec.stageId, said.stage);
    looked.add(id);
  };
  return async (method, path, options) => {
    const [, segment, more] = REQUEST.exec(path) ?? [];
    if (segment === undefined) return await ask(method, path, options);
    const id = decodeURIComponent(segment);
    if (method === 'GET' && more === undefined) {
      const request = await ask(method, path, options);
      look(id, request);
      return request;
    }
    if (!looked.has(id)) look(id, await ask('GET', `/change-requests/${segment}`));
    return await ask(method, path, options);
  };
}

function refuse(id: string, what: 'project' | 'stage', its: unknown, said: string | undefined): void {
  if (said === undefined || its === said || typeof its !== 'string') return;
  const message = `change request ${JSON.stringify(id)} is of ${what} ${JSON.stringify(its)}, not ${JSON.stringify(said)}`;
  throw new ApiError(message, {
    status: 404,
    code: 'NOT_FOUND',
    hint: `Leave --${what} out, or say that of the request`,
    issues: [],
    requestId: undefined,
    members: { kind: 'ChangeRequest', id },
  });
}
