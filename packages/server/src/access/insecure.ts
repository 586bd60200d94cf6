import { preview } from '@flagwright/core';
import { Problem } from '../http/problem.ts';
import type { Sender } from './credentials.ts';
import { isLoopback } from './loopback.ts';
import type { Principal } from './principal.ts';

const EVERYBODY: Principal = {
  subject: 'insecure',
  token: undefined,
  role: 'admin',
  projects: undefined,
  stages: undefined,
};

/** A name or an address, in brackets if it is of IPv6, and a port or none. */
const HOST = /^([\w.-]{1,253}|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i;

/**
 * Lets everybody do everything, for trying things out: only for a server that listens where `isLoopback` says so. Pages
 * of the web can reach such a server by a browser on the same machine. So the host that was asked for must be a loopback
 * one, which it is not if another name was made to lead here (DNS rebinding), and a page that asks must be of this server.
 *
 * The function throws `Problem('FORBIDDEN')`.
 */
export function insecure(): (request: Sender) => Principal {
  return ({ headers, url }) => {
    const host = headers.get('host') ?? new URL(url).host;
    const name = HOST.exec(host)?.[1];
    if (name === undefined || !isLoopback(name)) {
      const hint = 'ask for localhost, or start the server with tokens';
      throw refused(`a server without tokens is not to be reached as ${preview(host)}`, hint);
    }
    const origin = headers.get('origin');
    if (origin !== null && !isOriginOf(origin, host)) {
      const hint = 'start the server with tokens to use it from other pages';
      throw refused(`a server without tokens answers no pages of ${preview(origin)}`, hint);
    }
    return EVERYBODY;
  };
}

const refused = (why: string, hint: string): Problem => new Problem('FORBIDDEN', why, { hint });

/** Whether pages of an origin are those of a host. Both are plain: no user, no path. */
function isOriginOf(origin: string, host: string): boolean {
  const [, scheme, rest] = /^(https?):\/\/([^/?#@\\]{1,300})$/i.exec(origin) ?? [];
  if (scheme === undefined || rest === undefined || !HOST.test(rest)) return false;
  const canonical = (one: string): string | undefined => {
    const address = `${scheme}://${one}`;
    return URL.canParse(address) ? new URL(address).host : undefined;
  };
  const wanted = canonical(host);
  return wanted !== undefined && wanted === canonical(rest);
}
