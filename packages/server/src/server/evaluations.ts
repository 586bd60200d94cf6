import type { IncomingMessage } from 'node:http';
import type { Sender } from '../access/credentials.ts';
import type { Principal } from '../access/principal.ts';
import { type CorsPolicy, plainDress } from '../http/headers.ts';
import type { Shortcut } from '../http/listen.ts';
import type { RequestMeter } from '../http/router.ts';
import type { Evaluations } from '../ofrep/evaluations.ts';
import { evaluationListener } from '../ofrep/listener.ts';

/** What evaluations have in common with all other requests. */
export interface Shared {
  readonly admit: (sender: Sender, address: string | undefined) => Promise<Principal>;
  readonly cors: CorsPolicy;
  readonly behindTls: boolean;
  readonly metrics: RequestMeter;
}

/**
 * Evaluations by the remote evaluation protocol past `Request` and `Response`, which cost several times what an evaluation
 * does. They are counted as all requests, and not logged: there are thousands a second.
 */
export function evaluationShortcut(evaluations: Evaluations, { admit, cors, behindTls, metrics }: Shared): Shortcut {
  const dress = plainDress(cors, behindTls);
  const listener = evaluationListener(evaluations, {
    admit: (incoming, address) => admit(senderOf(incoming), address),
    headers: ({ url = '', headers }) => dress(url, headers.origin),
    answered(_, status, ms) {
      metrics.ended('POST', 'ofrep', status, ms / 1_000);
    },
  });
  return (incoming, outgoing, address) => {
    const taken = listener(incoming, outgoing, address);
    if (taken) metrics.started();
    return taken;
  };
}

function senderOf({ url = '/', headers }: IncomingMessage): Sender {
  return {
    url: `http://localhost${url}`,
    headers: {
      get(name) {
        const value = headers[name];
        return value === undefined ? null : String(value);
      },
    },
  };
}
