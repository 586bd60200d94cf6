import { FlagError } from '@flagwright/core';
import { errorResponse } from '@flagwright/sources/http';
import type { Principal } from '../access/principal.ts';
import { endable, isEventStream } from '../http/event-streams.ts';
import { addressOf } from '../http/path.ts';
import { Problem, problemOf } from '../http/problem.ts';
import type { Asked, Mount } from '../http/router.ts';
import type { FlagSets } from '../sets/flag-sets.ts';
import { type StreamShares, streamShares } from '../sets/stream-shares.ts';
import { refusal, responseOf } from './answer.ts';
import { type EvaluationPath, evaluationPath } from './evaluation-path.ts';
import type { Ofrep } from './ofrep.ts';
import { EVENTS_PATH } from './stream-address.ts';

/**
 * What applications ask for, to mount in the router:
 *
 * - `/ofrep`: the protocol, for tokens of one project and stage; its event streams
 * - `/sets/{project}/{stage}`: the document of a set and its event stream, for `httpSource`, and the protocol below it
 *
 * `shares` bounds how many event streams of documents each token has.
 */
export function evaluationMounts(
  sets: Pick<FlagSets, 'handle'>,
  ofrep: Ofrep,
  shares: Pick<StreamShares, 'ofToken'> = streamShares(),
): readonly Mount[] {
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

  async function document(request: Request, { params, who }: Asked): Promise<Response> {
    try {
      const { project, stage } = params;
      return shared(await sets.handle({ project: project!, stage: stage! }, request), who);
    } catch (thrown) {
      // in the words that `httpSource` knows
      const { code, message, headers } = problemOf(thrown);
      const response = errorResponse(new FlagError(code === 'NOT_FOUND' ? code : 'UNAVAILABLE', message));
      for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
      return response;
    }
  }

  /** An event stream has a place as long as it lasts. */
  function shared(response: Response, who: Principal): Response {
    const { body, status, headers } = response;
    if (!isEventStream(response) || body === null) return response;
    let leave: () => void;
    try {
      leave = shares.ofToken(who);
    } catch (thrown) {
      body.cancel().catch(() => undefined);
      throw thrown;
    }
    return new Response(endable(body, leave).stream, { status, headers });
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
