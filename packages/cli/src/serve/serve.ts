import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CommandError, EXIT } from '../errors/command-error.ts';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { type ServeOptions, serveOptions } from './options.ts';

/**
 * Runs a control plane until it is told to end; resolves to the exit code. Throws `UsageError`, and `FlagError` if the
 * server cannot start.
 */
export async function serve(call: Call): Promise<number> {
  const { world } = call;
  const options = serveOptions(call);
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
    const ended = abortOf(world.interrupted());
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

function abortOf(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function pem(option: string, file: string): Promise<Buffer> {
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    const message = `${option} is ${JSON.stringify(file)}, which cannot be read (${error.code}); expected a PEM file`;
    throw new CommandError(EXIT.failed, message);
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
        throw new CommandError(EXIT.failed, message);
      },
    );
    lines.push(['token', `of the first admin, in ${resolve(options.tokenFile)}`]);
  } else if (token !== undefined) {
    lines.push(['token', token], ['', 'of the first admin. It is shown this once: keep it']);
  }
  return `${['Flagwright control plane', ...lines.map(([name, value]) => `  ${name.padEnd(9)} ${value}`)].join('\n')}\n`;
}
