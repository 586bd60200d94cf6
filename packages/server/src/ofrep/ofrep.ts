import { checkDuration, FlagError } from '@flagwright/core';
import type { Principal } from '../access/principal.ts';
import type { SetName } from '../database/database.ts';
import { Problem } from '../http/problem.ts';
import type { FlagSets } from '../sets/flag-sets.ts';
import { type StreamShares, streamShares } from '../sets/stream-shares.ts';
import { refusal, responseOf } from './answer.ts';
import { bodyText } from './context.ts';
import { type Announcement, type Asked, type Evaluations, evaluations, type Served } from './evaluations.ts';
import { eventHub } from './event-hub.ts';
import type { Params } from './place.ts';
import { type StreamSigner, streamAddresses } from './stream-address.ts';

/** Options of `ofrep`. */
export interface OfrepOptions {
  readonly sets: Pick<FlagSets, 'snapshotOf' | 'watch'>;
  /** Of the addresses of event streams. */
  readonly signer: StreamSigner;
  /**
   * The address of this server for browsers, where it is below a path or on another host than that of the base URL of
   * the clients. Default: the origin of the base URL that each client has.
   */
  readonly publicUrl?: string | undefined;
  /** How often an event stream says something, in ms. Default: 15,000. */
  readonly heartbeat?: number | undefined;
  /** After so many seconds in the background clients should close their event stream. Default: 120. */
  readonly inactivityDelaySec?: number | undefined;
  /** Bounds how many event streams are open. Default: by the limits `streamShares` has. */
  readonly shares?: Pick<StreamShares, 'ofSet'> | undefined;
  /** Told of each flag that was asked for by itself, and found. Must be quick, and must not throw. */
  readonly served?: Served | undefined;
  /** Reads the time, in ms since the epoch. Default: `Date.now`. */
  readonly clock?: (() => number) | undefined;
}

/**
 * The OpenFeature Remote Evaluation Protocol 0.3. No call rejects: errors are answered as the protocol has them.
 *
 * - `flag`: `POST …/ofrep/v1/evaluate/flags/{key}`
 * - `flags`: `POST …/ofrep/v1/evaluate/flags`, with `ETag`, and the address of an event stream
 * - `events`: `GET /ofrep/v1/events?channel=…`, for whom the address has been signed
 *
 * The paths may begin with `/sets/{project}/{stage}`; without, the token decides, if it is for one of each.
 */
export interface Ofrep {
  flag(request: Request, who: Principal, params: Params & { readonly key: string }): Promise<Response>;
  flags(request: Request, who: Principal, params: Params): Promise<Response>;
  events(request: Request): Promise<Response>;
  /** The first two without a `Request`, for `ofrepListener`. */
  readonly evaluations: Evaluations;
  /** How many event streams are open. */
  readonly streams: number;
  /** Ends the event streams, and refuses new ones. */
  close(): void;
}

/** Serves the protocol. Throws `FlagError('INVALID_ARGUMENT')` for options that make no sense. */
export function ofrep(options: OfrepOptions): Ofrep {
  const { sets, signer, publicUrl, heartbeat = 15_000, inactivityDelaySec = 120 } = options;
  const { shares = streamShares(), clock = Date.now } = options;
  checkDuration('heartbeat', heartbeat);
  checkCount('inactivityDelaySec', inactivityDelaySec, 'seconds');
  const base = publicUrl === undefined ? undefined : baseOf(publicUrl);
  const addressOf = streamAddresses(signer, clock);
  const hub = eventHub({ sets, heartbeat, shares });

  const announce = (set: SetName): Announcement => {
    const address = addressOf(set);
    const where = base === undefined ? { endpoint: { requestUri: address } } : { url: base + address };
    return { address, text: JSON.stringify([{ type: 'sse', ...where, inactivityDelaySec }]) };
  };
  const answers = evaluations(sets, announce, options.served);

  async function events(request: Request): Promise<Response> {
    const channel = new URL(request.url).searchParams.get('channel') ?? '';
    const claims = signer.verify(channel, clock());
    if (claims === undefined) {
      throw new Problem('FORBIDDEN', 'this is no address of an event stream, or not any more', {
        hint: 'evaluate all flags, and use the address in that answer',
      });
    }
    const body = await hub.open({
      set: { project: claims.project, stage: claims.stage },
      expires: claims.expires,
      lastEventId: request.headers.get('last-event-id') ?? undefined,
      signal: request.signal,
    });
    // the last one is for nginx, which would keep events back
    const headers = { 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' };
    return new Response(body, { headers: { ...headers, 'content-type': 'text/event-stream' } });
  }

  return {
    flag: async (request, who, params) => responseOf(await answers.flag(askedBy(request), who, params)),
    flags: async (request, who, params) => responseOf(await answers.flags(askedBy(request), who, params)),
    events: (request) => events(request).catch((thrown) => responseOf(refusal(thrown))),
    evaluations: answers,
    get streams() {
      return hub.streams;
    },
    close: hub.close,
  };
}

function askedBy(request: Request): Asked {
  const mark = request.url.indexOf('?');
  return {
    text: () => bodyText(request),
    ifNoneMatch: request.headers.get('if-none-match'),
    query: mark === -1 ? '' : request.url.slice(mark + 1),
  };
}

function checkCount(name: string, value: number, what: string): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw new FlagError('INVALID_ARGUMENT', `${name} is ${value}; expected ${what}, from 1`);
}

function baseOf(publicUrl: string): string {
  const url = URL.canParse(publicUrl) ? new URL(publicUrl) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new FlagError('INVALID_ARGUMENT', 'publicUrl is no address; expected as https://flags.example/path');
  }
  return url.origin + url.pathname.replace(/\/+$/, '');
}
