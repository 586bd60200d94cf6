import { FlagError, oneOf } from '@flagwright/core';
import { UsageError } from '../usage-error.ts';

/** What `serve` was told. */
export interface ServeOptions {
  readonly help: boolean;
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

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

export const SERVE_HELP: string = `Usage: flagctl serve [options]

Starts a control plane: projects, stages, flags, change requests, and what applications read.

  --data-dir <folder>      the embedded database, made if it is not there (default: flagwright-data)
  --database <url>         a PostgreSQL instead: postgres://user@host/database (or FLAGWRIGHT_DATABASE)
  --host <address>         where to listen (default: 127.0.0.1)
  --port <number>          default: 8080; 0: any that is free
  --stage <id>             a stage to make at the first start, may be repeated (default: dev, staging, production)
  --token-file <file>      write the first token to a file only its owner can read, and do not print it
  --insecure               no tokens; on loopback only
  --cors-origin <origin>   whose pages may evaluate flags, may be repeated (default: none)
  --public-url <url>       the address for browsers, where that is another
  --tls-cert <file>, --tls-key <file>
  --behind-tls             clients reach it over TLS only: tell them to stay with it
  --trust-proxy <hops>     how many proxies of yours are in front: the last of X-Forwarded-For are believed (default: 0)
  --streams-per-set <n>    event streams of remote evaluation that may be open for one set of flags (default: 5000)
  --streams-per-token <n>  event streams of /sets that may be open with one token (default: 1000)
  --public-metrics         /metrics needs no token
  --allow-private-webhooks webhooks may be sent to addresses that are not public
  --log-level <level>      ${LEVELS.join(', ')} (default: info); the log is JSON lines on the standard error
  -h, --help

Ends at SIGINT and SIGTERM, after what is under way.
`;

/** Reads the command line of `serve`. Throws `UsageError`. */
export async function serveOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<ServeOptions> {
  const { parseArgs } = await import('node:util');
  let values: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
  try {
    ({ values } = parseArgs({
      args: [...args],
      allowPositionals: false,
      options: {
        'data-dir': { type: 'string' },
        database: { type: 'string' },
        host: { type: 'string' },
        port: { type: 'string' },
        stage: { type: 'string', multiple: true },
        'token-file': { type: 'string' },
        insecure: { type: 'boolean' },
        'cors-origin': { type: 'string', multiple: true },
        'public-url': { type: 'string' },
        'tls-cert': { type: 'string' },
        'tls-key': { type: 'string' },
        'behind-tls': { type: 'boolean' },
        'trust-proxy': { type: 'string' },
        'streams-per-set': { type: 'string' },
        'streams-per-token': { type: 'string' },
        'public-metrics': { type: 'boolean' },
        'allow-private-webhooks': { type: 'boolean' },
        'log-level': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }));
  } catch (thrown) {
    throw new UsageError(thrown instanceof Error ? thrown.message : String(thrown));
  }
  const text = (name: string): string | undefined => values[name] as string | undefined;
  const database = text('database') ?? (text('data-dir') === undefined ? env.FLAGWRIGHT_DATABASE : undefined);
  if (text('database') !== undefined && text('data-dir') !== undefined) {
    throw new UsageError('--database and --data-dir are both given; expected one of them');
  }
  if ((text('tls-cert') === undefined) !== (text('tls-key') === undefined)) {
    throw new UsageError('--tls-cert and --tls-key go together; one of them is missing');
  }
  return {
    help: values.help === true,
    database: database === '' ? undefined : database,
    dataDirectory: text('data-dir'),
    host: text('host') ?? '127.0.0.1',
    port: portOf(text('port') ?? '8080'),
    insecure: values.insecure === true,
    stages: values.stage as readonly string[] | undefined,
    corsOrigins: (values['cors-origin'] as readonly string[] | undefined) ?? [],
    publicUrl: text('public-url'),
    behindTls: values['behind-tls'] === true,
    trustProxy: hopsOf(text('trust-proxy') ?? '0'),
    streamsPerSet: streamsOf('streams-per-set', text('streams-per-set')),
    streamsPerToken: streamsOf('streams-per-token', text('streams-per-token')),
    publicMetrics: values['public-metrics'] === true,
    allowPrivateWebhooks: values['allow-private-webhooks'] === true,
    tlsCert: text('tls-cert'),
    tlsKey: text('tls-key'),
    tokenFile: text('token-file'),
    logLevel: levelOf(text('log-level') ?? 'info'),
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

function levelOf(text: string): ServeOptions['logLevel'] {
  const level = LEVELS.find((one) => one === text);
  if (level !== undefined) return level;
  throw new UsageError(`--log-level is ${JSON.stringify(text)}; expected ${oneOf(LEVELS)}`);
}

/** What an error is told as on the command line. */
export function toldOf(thrown: unknown): string {
  if (thrown instanceof FlagError || thrown instanceof UsageError || isProblem(thrown)) return thrown.message;
  if (isOfTheSystem(thrown)) return thrown.message;
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}

/** What a server refuses, by its shape: only who serves has its classes. */
function isProblem(thrown: unknown): thrown is Error {
  return thrown instanceof Error && thrown.name === 'Problem';
}

/** What the operating system refused, as a file that may not be read: its message says it all. */
function isOfTheSystem(thrown: unknown): thrown is Error {
  return thrown instanceof Error && 'syscall' in thrown && 'code' in thrown;
}
