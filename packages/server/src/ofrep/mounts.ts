import { FlagError } from '@flagwright/core';
import { errorResponse } from '@flagwright/sources/http';
import { addressOf } from '../http/path.ts';
import { Problem, problemOf } from '../http/problem.ts';
import type { Asked, Mount } from '../http/router.ts';
import type { FlagSets } from '../sets/flag-sets.ts';
import { refusal, responseOf } from './answer.ts';
import { type EvaluationPath, evaluationPath } from './evaluation-path.ts';
import type { Ofrep } from './ofrep.ts';
import { EVENTS_PATH } from './stream-address.ts';

/**
 * What applications ask for, to mount in the router:
 *
 * - `/ofrep`: the protocol, for tokens of one project and stage; its event streams
 * - `/sets/{project}/{stage}`: the document of a set and its event stream, for `httpSource`, and the protocol below it
 */
export function evaluationMounts(sets: Pick<FlagSets, 'handle'>, ofrep: Ofrep): readonly Mount[] {
  async function evaluated(request: Request, { who }: Asked, path: string): Promise<Response> {
    let asked: EvaluationPath | undefined;
    try {
      asked = evaluationPath(path);
      if (asked === undefined) throw nothing();
      if (request.method !== 'POST') throw notAllowed('POST');
    } catch (thrown) {
      return responseOf(refusal(thrown, asked?.key));
    }
    const { key } = asked;
    return key === undefined ? ofrep.flags(request, who, asked) : ofrep.flag(request, who, { ...asked, key });
  }

  async function document(request: Request, { params }: Asked): Promise<Response> {
    try {
      const { project, stage } = params;
      return await sets.handle({ project: project!, stage: stage! }, request);
    } catch (thrown) {
      // in the words that `httpSource` knows
      const { code, message, headers } = problemOf(thrown);
      const response = errorResponse(new FlagError(code === 'NOT_FOUND' ? code : 'UNAVAILABLE', message));
      for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
      return response;
    }
  }

  return [
    {
      id: 'ofrep',
      prefix: '/ofrep',
      // a browser cannot send a token with its event stream: the signature of the address is one
      access: (method) => (method === 'POST' ? 'own' : 'public'),
      // whatever the method, nothing here changes anything
      counts: 'read',
      async handle(request, asked) {
        const { path } = addressOf(request.url);
        if (path !== EVENTS_PATH) return evaluated(request, asked, path);
        if (request.method === 'GET') return ofrep.events(request);
        return responseOf(refusal(notAllowed('GET')));
      },
    },
    {
      id: 'flagSet',
      prefix: '/sets/{project}/{stage}',
      access: 'evaluate',
      counts: 'read',
      async handle(request, asked) {
        const { path } = addressOf(request.url);
        return /^\/sets\/[^/]+\/[^/]+\/?$/.test(path) ? document(request, asked) : evaluated(request, asked, path);
      },
    },
  ];
}

function nothing(): Problem {
  return new Problem('NOT_FOUND', 'there is nothing at this path', {
    hint: 'POST …/ofrep/v1/evaluate/flags evaluates all flags, and …/ofrep/v1/evaluate/flags/{key} one',
  });
}

function notAllowed(allow: string): Problem {
  return new Problem('METHOD_NOT_ALLOWED', `there is no such method here; expected ${allow}`, { headers: { allow } });
}
