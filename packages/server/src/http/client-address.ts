import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { FlagError } from '@flagwright/core';

/** What is looked at of an `IncomingMessage`. */
export interface Incoming {
  readonly socket: { readonly remoteAddress?: string | undefined };
  readonly headers: IncomingHttpHeaders;
}

/** No longer list of addresses is looked at, in characters. */
const LONGEST = 4_000;

/**
 * Tells where requests come from: the address at the other end of the connection; behind proxies that of whoever asked
 * the outermost of them, by `X-Forwarded-For`, to which each adds whom it heard. `hops` is how many there are: of a longer
 * list the beginning was made up by the client. Throws `FlagError('INVALID_ARGUMENT')`.
 */
export function clientAddress(hops = 0): (incoming: Incoming) => string | undefined {
  if (!Number.isInteger(hops) || hops < 0 || hops > 20) {
    throw new FlagError('INVALID_ARGUMENT', `trustProxy is ${hops}; expected a number of proxies, from 0 to 20`);
  }
  return ({ socket, headers }) => {
    const { remoteAddress } = socket;
    if (hops === 0) return remoteAddress;
    const forwarded = headers['x-forwarded-for'];
    const list = Array.isArray(forwarded) ? forwarded.join() : (forwarded ?? '');
    // the end is what our own proxies have said
    const said = list.slice(-LONGEST).split(',');
    for (let at = Math.max(0, said.length - hops); at < said.length; at++) {
      const address = plain(said[at]!.trim());
      if (address !== undefined) return address;
    }
    return remoteAddress;
  };
}

/** An address without the port and the brackets that some proxies write; undefined for what is none. */
function plain(text: string): string | undefined {
  if (isIP(text) !== 0) return text;
  const [, six, four] = /^(?:\[([\da-f:.]{2,45})\]|([\d.]{7,15}))(?::\d{1,5})?$/i.exec(text) ?? [];
  const inner = six ?? four;
  return inner !== undefined && isIP(inner) !== 0 ? inner : undefined;
}
