import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { FlagError } from '@flagwright/core';
import { UsageError } from '../usage-error.ts';
import { SERVE_HELP, type ServeOptions, serveOptions } from './options.ts';

/** Where `serve` says what it says, and how it hears that it should end. */
export interface ServeWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** May reject later, if nobody can read it. */
  out(text: string): void | Promise<void>;
  err(text: string): void;
  /** Where the log goes. Default: as `err`. */
  readonly log?: Writable | undefined;
  /** Resolves when the server is to end. */
  ended(): Promise<void>;
}

/**
 * Runs a control plane until it is told to end; resolves to the exit code. Throws `UsageError`, and `FlagError` if the
 * server cannot start.
 */
export async function serve(args: readonly string[], world: ServeWorld): Promise<number> {
  const options = await serveOptions(args, world.env);
  if (options.help) {
    await world.out(SERVE_HELP);
    return 0;
  }
  // only who serves needs the server, and its database
  const { createServer, isLoopback, jsonLogger } = await import('@flagwright/server');
  if (options.insecure && !isLoopback(options.host)) {
    throw new UsageError(
      '--insecure lets everybody do everything: it goes with a --host of loopback only, as 127.0.0.1',
    );
  }
  const tls =
    options.tlsCert === undefined || options.tlsKey === undefined
      ? undefined
      : { cert: await pem('--tls-cert', options.tlsCert), key: await pem('--tls-key', options.tlsKey) };
  const server = await createServer({
    database: options.database,
    dataDirectory: options.dataDirectory,
    stages: options.stages,
    insecure: options.insecure,
    cors: { origins: options.corsOrigins },
    publicUrl: options.publicUrl,
    behindTls: options.behindTls,
    publicMetrics: options.publicMetrics,
    allowPrivateWebhooks: options.allowPrivateWebhooks,
    streams: { perSet: options.streamsPerSet, perToken: options.streamsPerToken },
    log: jsonLogger({
      level: options.logLevel,
      ...(world.log === undefined ? { write: world.err } : { stream: world.log }),
    }),
  });
  let told = server.firstToken === undefined;
  // it is in the database by now, and would never be told again
  const tellToken = (): void =>
    world.err(`flagctl: the token of the first admin, shown this once: ${server.firstToken}\n`);
  try {
    const ended = world.ended();
    const { host, port, trustProxy } = options;
    const { url } = await server.listen({ host, port, tls, trustProxy });
    const text = await banner(options, url, server.engine, server.firstToken);
    told = true;
    // a server whose output nobody reads serves all the same
    Promise.resolve(world.out(text)).catch(() => {
      if (server.firstToken !== undefined && options.tokenFile === undefined) tellToken();
    });
    await ended;
  } catch (thrown) {
    if (!told) tellToken();
    throw thrown;
  } finally {
    await server.close();
  }
  return 0;
}

async function pem(option: string, file: string): Promise<Buffer> {
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    const message = `${option} is ${JSON.stringify(file)}, which cannot be read (${error.code}); expected a PEM file`;
    throw new FlagError('INVALID_ARGUMENT', message, { cause: error });
  });
}

async function banner(
  options: ServeOptions,
  url: string,
  engine: 'postgres' | 'pglite',
  token: string | undefined,
): Promise<string> {
  const lines: [name: string, value: string][] = [
    ['address', url],
    [
      'database',
      engine === 'pglite' ? `embedded, in ${resolve(options.dataDirectory ?? 'flagwright-data')}` : 'PostgreSQL',
    ],
  ];
  if (options.insecure) lines.push(['token', 'none is needed: everybody on this machine may do everything']);
  else if (token !== undefined && options.tokenFile !== undefined) {
    await writeFile(options.tokenFile, `${token}\n`, { mode: 0o600, flag: 'wx' }).catch(
      (error: NodeJS.ErrnoException) => {
        const why = error.code === 'EEXIST' ? 'which is there already' : `which cannot be written (${error.code})`;
        const message = `--token-file is ${JSON.stringify(options.tokenFile)}, ${why}; expected a new file`;
        throw new FlagError('INVALID_ARGUMENT', message, { cause: error });
      },
    );
    lines.push(['token', `of the first admin, in ${resolve(options.tokenFile)}`]);
  } else if (token !== undefined) {
    lines.push(['token', token], ['', 'of the first admin. It is shown this once: keep it']);
  }
  return `${['Flagwright control plane', ...lines.map(([name, value]) => `  ${name.padEnd(9)} ${value}`)].join('\n')}\n`;
}
