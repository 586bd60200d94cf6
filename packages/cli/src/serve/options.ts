import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';

/** What `serve` was told. */
export interface ServeOptions {
  readonly database: string | undefined;
  readonly dataDirectory: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly insecure: boolean;
  readonly stages: readonly string[] | undefined;
  readonly corsOrigins: readonly string[];
  readonly publicUrl: string | undefined;
  readonly behindTls: boolean;
  readonly trustProxy: number;
  readonly streamsPerSet: number | undefined;
  readonly streamsPerToken: number | undefined;
  readonly publicMetrics: boolean;
  readonly allowPrivateWebhooks: boolean;
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
  readonly tokenFile: string | undefined;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

export const LEVELS: readonly string[] = ['debug', 'info', 'warn', 'error'];

/** Reads the command line of `serve`. Throws `UsageError`. */
export function serveOptions({ text, texts, has }: Call): ServeOptions {
  const database = text('data-dir') === undefined ? text('database') : undefined;
  if (has('database') && has('data-dir')) {
    throw new UsageError('--database and --data-dir are both given; expected one of them');
  }
  if ((text('tls-cert') === undefined) !== (text('tls-key') === undefined)) {
    throw new UsageError('--tls-cert and --tls-key go together; one of them is missing');
  }
  return {
    database,
    dataDirectory: text('data-dir'),
    host: text('host') ?? '127.0.0.1',
    port: portOf(text('port') ?? '8080'),
    insecure: has('insecure'),
    // `--stage` is an option of all commands: here it may be repeated
    stages: has('stage') ? texts('stage') : undefined,
    corsOrigins: texts('cors-origin'),
    publicUrl: text('public-url'),
    behindTls: has('behind-tls'),
    trustProxy: hopsOf(text('trust-proxy') ?? '0'),
    streamsPerSet: streamsOf('streams-per-set', text('streams-per-set')),
    streamsPerToken: streamsOf('streams-per-token', text('streams-per-token')),
    publicMetrics: has('public-metrics'),
    allowPrivateWebhooks: has('allow-private-webhooks'),
    tlsCert: text('tls-cert'),
    tlsKey: text('tls-key'),
    tokenFile: text('token-file'),
    logLevel: (text('log-level') as ServeOptions['logLevel'] | undefined) ?? 'info',
  };
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new UsageError(`--port is ${JSON.stringify(text)}; expected a number from 0 to 65535`);
}

function hopsOf(text: string): number {
  const hops = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  if (hops <= 20) return hops;
  throw new UsageError(`--trust-proxy is ${JSON.stringify(text)}; expected a number of proxies, from 0 to 20`);
}

function streamsOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new UsageError(`--${name} is ${JSON.stringify(text)}; expected a number of event streams, from 1`);
}
