import { rm } from 'node:fs/promises';
import { type ControlPlane, controlPlane } from '../../src/client/index.ts';
import type { LogLine } from '../../src/http/log.ts';
import type { ServerOptions } from '../../src/server/options.ts';
import { type ControlPlaneServer, createServer } from '../../src/server/server.ts';
import { emptyDirectory } from '../database/directories.ts';
import { emptyDatabase } from '../database/engines.ts';

/** Where a control plane keeps its flags, empty at first, over several starts. */
export interface Ground {
  readonly options: Pick<ServerOptions, 'database' | 'dataDirectory'>;
  remove(): Promise<void>;
}

export const GROUNDS: readonly { readonly name: 'postgres' | 'pglite'; make(): Promise<Ground> }[] = [
  {
    name: 'postgres',
    async make() {
      const { url, drop } = await emptyDatabase();
      return { options: { database: url }, remove: drop };
    },
  },
  {
    name: 'pglite',
    async make() {
      const directory = await emptyDirectory();
      return {
        options: { dataDirectory: directory },
        remove: () => rm(directory, { recursive: true, force: true }),
      };
    },
  },
];

/** A server that serves over HTTP. */
export interface Running {
  readonly server: ControlPlaneServer;
  readonly url: string;
  /** Of the first admin; empty if the server had one before. */
  readonly token: string;
  readonly log: readonly LogLine[];
  /** The API, as the first admin or by another token. */
  api(token?: string): ControlPlane;
  close(): Promise<void>;
}

export async function run(ground: Ground, more: ServerOptions = {}): Promise<Running> {
  const log: LogLine[] = [];
  const server = await createServer({ ...ground.options, log: (line) => log.push(line), ...more });
  const { url } = await server.listen();
  const token = server.firstToken ?? '';
  return {
    server,
    url,
    token,
    log,
    api: (other = token) => controlPlane({ url, ...(other === '' ? {} : { token: other }) }),
    close: () => server.close(1_000),
  };
}

/** Makes a token by the API. */
export async function newToken(
  api: ControlPlane,
  token: { name: string; role: string; subject?: string; projects?: readonly string[]; stages?: readonly string[] },
): Promise<string> {
  const made = (await api.ask('POST', '/tokens', { body: token })) as { readonly token: string };
  return made.token;
}
