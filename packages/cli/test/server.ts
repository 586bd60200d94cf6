import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type ServerOptions } from '@flagwright/server';
import { type ControlPlane, controlPlane } from '@flagwright/server/client';
import { emptyDirectory } from '../../server/test/database/directories.ts';
import { type Ran, ran, type Surroundings } from './world.ts';

/** A real server on a free port, and command lines that ask it. One for a file of tests. */
export interface Served {
  readonly url: string;
  /** Of the first admin. */
  readonly token: string;
  /** The API as the first admin. */
  readonly api: ControlPlane;
  /** Runs a command line as the first admin, in a home folder of its own. */
  flagctl(args: readonly string[], surroundings?: Surroundings): Promise<Ran>;
  /** An empty folder, gone with the server. */
  readonly folder: string;
  close(): Promise<void>;
}

export async function served(options: ServerOptions = {}): Promise<Served> {
  const folder = await mkdtemp(join(tmpdir(), 'flagctl-'));
  const data = await emptyDirectory();
  const server = await createServer({ dataDirectory: data, log: () => undefined, ...options });
  const { url } = await server.listen();
  const token = server.firstToken ?? '';
  return {
    url,
    token,
    api: controlPlane({ url, token }),
    folder,
    flagctl: (args, surroundings = {}) =>
      ran(args, {
        cwd: folder,
        home: folder,
        ...surroundings,
        env: { FLAGCTL_SERVER: url, FLAGCTL_TOKEN: token, ...surroundings.env },
      }),
    async close() {
      await server.close(1_000);
      for (const gone of [folder, data]) await rm(gone, { recursive: true, force: true });
    },
  };
}

/** A project that is linked to dev, staging and production, with a boolean flag `new-checkout`. */
export async function seedProject(api: ControlPlane, id: string): Promise<void> {
  await api.projects.create({ metadata: { id }, spec: {} });
  for (const stage of ['dev', 'staging', 'production']) await api.links(id).replace(stage, { spec: {} });
  await api
    .flags(id)
    .create({ metadata: { id: 'new-checkout' }, spec: { type: 'BOOLEAN', variants: { on: true, off: false } } });
}
