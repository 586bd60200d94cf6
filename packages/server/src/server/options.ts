import type { Rate } from '../access/buckets.ts';
import type { Cors } from '../http/headers.ts';
import type { Logger } from '../http/log.ts';
import type { StreamLimits } from '../sets/stream-shares.ts';

/** Options of `createServer`. */
export interface ServerOptions {
  /** A PostgreSQL, 14 or later: `postgres://user@host/database`. Default: the embedded one of `dataDirectory`. */
  readonly database?: string | undefined;
  /** The folder of the embedded PostgreSQL, made if it is not there. Default: `flagwright-data`. */
  readonly dataDirectory?: string | undefined;
  /** The stages that are made at the first start. Default: dev, staging, production. */
  readonly stages?: readonly string[] | undefined;
  /**
   * Nobody needs a token. Such a server listens on loopback only, and answers no pages of other origins. Default: false.
   */
  readonly insecure?: boolean | undefined;
  /** The origins whose pages may ask, and what; e.g. for OFREP from browsers. Default: none. */
  readonly cors?: Cors | undefined;
  /** The address of the server for browsers, where that is below a path or on another host. */
  readonly publicUrl?: string | undefined;
  /** Whether clients reach it over TLS only; then they are told to stay with it. Default: false. */
  readonly behindTls?: boolean | undefined;
  /** Whether `/metrics` needs no token. Default: false. */
  readonly publicMetrics?: boolean | undefined;
  /** How often each token may ask this server. Default: 10,000 a second, 20,000 at once. */
  readonly reads?: Rate | undefined;
  /** How often each token may change something. Default: 100 a second, 500 at once. */
  readonly writes?: Rate | undefined;
  /** How often unknown tokens may come from one address, or /64 of IPv6. Default: 20 a second, 100 at once. */
  readonly failures?: Rate | undefined;
  /** How many event streams may be open. Default: 10,000, of which 5,000 by set and 1,000 by token. */
  readonly streams?: StreamLimits | undefined;
  /** Whether webhooks may be sent to addresses that are not public, as 10.0.0.1. Default: false. */
  readonly allowPrivateWebhooks?: boolean | undefined;
  /** A body of more bytes is refused. Default: 1 MiB. */
  readonly maxBytes?: number | undefined;
  /** Default: JSON lines to the standard output. */
  readonly log?: Logger | undefined;
}
