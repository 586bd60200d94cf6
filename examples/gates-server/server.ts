import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FlagError } from '@flagwright/core';
import type { Environment } from '@flagwright/gates';
import { refuse } from './answers.js';
import { type CompletedOptions, complete, isCompleted, validate } from './config.js';
import { startControllers } from './controllers.js';
import { addFlags, type Options } from './options.js';
import { routesOf } from './routes.js';

export interface RunningServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves what was completed; resolves once it listens. */
export async function run(completed: CompletedOptions): Promise<RunningServer> {
  if (!isCompleted(completed)) throw new FlagError('INVALID_ARGUMENT', 'these options were not made by complete()');
  const routes = routesOf(completed);
  const server = createServer(async (request, response) => {
    const handler = routes.get(request.url?.split('?')[0] ?? '');
    if (handler === undefined) refuse(completed.gates, response, 404, 'there is nothing here');
    else if (request.method !== 'GET') refuse(completed.gates, response, 405, 'only GET is answered');
    else await handler(request, response);
  });
  server.listen(completed.port, '127.0.0.1');
  await once(server, 'listening');
  const stop = startControllers(completed);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      stop();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** The whole way: what was set, completed, checked, running. Throws `FlagError` with all that the first such step finds. */
export async function start(options: Options, argv: readonly string[], env: Environment): Promise<RunningServer> {
  const completed = complete(await addFlags(options, argv, env));
  const errors = validate(completed);
  if (errors.length > 0) throw new FlagError('INVALID_ARGUMENT', ['apiserver cannot run:', ...errors].join('\n  '));
  return run(completed);
}
