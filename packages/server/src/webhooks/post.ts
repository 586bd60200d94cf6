import { type LookupAddress, lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { FlagError, readBytes, retryAfterOf } from '@flagwright/core';
import { isPublic } from './public-address.ts';

/** A request to a receiver. */
export interface Posting {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}

/** What a receiver answered. Nothing of its body is kept: it may be that of a host which is nobody's business. */
export interface Posted {
  readonly status: number;
  /** How long it asks to be left alone, in ms. */
  readonly retryAfter: number | undefined;
}

/** Sends by POST, and follows no redirect. Throws what the network says, and `FlagError('INVALID_ARGUMENT')`. */
export type Post = (posting: Posting) => Promise<Posted>;

/** The part of `fetch` that is used here. */
export type FetchLike = (url: string, init: RequestInit) => Promise<Response>;

/** So much of a body is read at most, in bytes. */
const MOST = 65_536;

/**
 * Sends with connections of its own, which go to public addresses only, unless `allowPrivate`: of the addresses that a
 * name has at the time, and that the connection is made to, so that a name cannot lead elsewhere in between.
 */
export function nodePost(allowPrivate: boolean): Post {
  return async ({ url: text, headers, body, signal }) => {
    const url = new URL(text);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    // no address is looked up
    if (!allowPrivate && isIP(host) !== 0 && !isPublic(host)) throw refused();
    const { request } = await (url.protocol === 'https:' ? import('node:https') : import('node:http'));
    return new Promise((resolve, reject) => {
      const outgoing = request(url, {
        method: 'POST',
        headers: { ...headers, 'content-length': String(Buffer.byteLength(body)), 'accept-encoding': 'identity' },
        agent: false,
        signal,
        ...(allowPrivate ? {} : { lookup: publicLookup }),
      });
      outgoing.on('error', reject);
      outgoing.on('close', () => reject(new Error('the connection was closed before the answer')));
      outgoing.on('response', (incoming) => {
        const { statusCode: status = 0, headers: answered } = incoming;
        const retryAfter = retryAfterOf({ get: (name) => textOf(answered[name]) });
        // the status was said, whatever becomes of the rest
        resolve({ status, retryAfter });
        // which is read so that the receiver can end in peace, and keeps no process alive
        incoming.socket.unref();
        let left = MOST;
        incoming.on('data', (chunk: Buffer) => {
          left -= chunk.length;
          if (left <= 0) incoming.destroy();
        });
        incoming.on('error', () => undefined);
      });
      outgoing.end(body);
    });
  };
}

/** Sends by a `fetch` of somebody's own, which then decides where that may lead. */
export function fetchPost(fetchLike: FetchLike): Post {
  return async ({ url, headers, body, signal }) => {
    const answered = async (): Promise<Posted> => {
      const answer = await fetchLike(url, { method: 'POST', headers, body, signal, redirect: 'manual' });
      // the status was said, whatever becomes of the rest
      void readBytes(answer.body, MOST).catch(() => undefined);
      return { status: answer.status, retryAfter: retryAfterOf(answer.headers) };
    };
    // also one that does not heed its signal
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    return Promise.race([answered(), aborted]);
  };
}

const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error !== null) return callback(error, '', 0);
    const usable = addresses.filter(({ address }) => isPublic(address));
    const [first] = usable;
    if (first === undefined) return callback(refused(), '', 0);
    if (options.all === true) return callback(null, usable);
    callback(null, first.address, first.family);
  });
};

function refused(): FlagError {
  const hint = 'allow private webhooks if the receiver is in a network of your own';
  return new FlagError('INVALID_ARGUMENT', `the host has no public address, so nothing was sent. Hint: ${hint}`);
}

const textOf = (header: string | readonly string[] | undefined): string | null =>
  typeof header === 'string' ? header : null;
