import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { nodeHandler } from '@flagwright/sources/http';
import type { Principal } from '../../src/access/principal.ts';
import { signer } from '../../src/access/signer.ts';
import type { Database } from '../../src/database/database.ts';
import { Problem } from '../../src/http/problem.ts';
import { router } from '../../src/http/router.ts';
import { evaluationListener } from '../../src/ofrep/listener.ts';
import { evaluationMounts } from '../../src/ofrep/mounts.ts';
import { type Ofrep, type OfrepOptions, ofrep } from '../../src/ofrep/ofrep.ts';
import { type FlagSets, flagSets } from '../../src/sets/flag-sets.ts';

/** A server of evaluations. */
export interface Served {
  readonly url: string;
  readonly sets: FlagSets;
  readonly ofrep: Ofrep;
  /** Method, path and status of each request, and its query. */
  readonly log: readonly string[];
  /** Breaks all connections. */
  cut(): void;
  close(): Promise<void>;
}

export interface ServeOptions extends Partial<Omit<OfrepOptions, 'sets' | 'signer'>> {
  /** Evaluates past the router. */
  readonly direct?: boolean;
  /** Those who may ask, by token. */
  readonly tokens: Readonly<Record<string, Principal>>;
}

/** Serves evaluations of a database on a free port. */
export async function serve(database: Database, { direct = false, tokens, ...options }: ServeOptions): Promise<Served> {
  const sets = flagSets(database);
  const served = ofrep({ ...options, sets, signer: await signer(database) });
  const log: string[] = [];
  const known = (authorization: string | null | undefined): Principal => {
    const token = authorization?.replace('Bearer ', '') ?? '';
    if (token === 'impatient') throw new Problem('RATE_LIMITED', 'too many', { headers: { 'retry-after': '7' } });
    if (Object.hasOwn(tokens, token)) return tokens[token]!;
    throw new Problem('UNAUTHORIZED', 'what was sent is no token of this server');
  };
  const route = router([], {
    authenticate: async ({ headers }) => known(headers.get('authorization')),
    mounts: evaluationMounts(sets, served),
  });
  const routed = nodeHandler((request) => route(request));
  const evaluated = evaluationListener(served.evaluations, {
    admit: async ({ headers }) => known(headers.authorization),
    headers: () => ({ 'x-content-type-options': 'nosniff' }),
  });
  const server = createServer((incoming, outgoing) => {
    outgoing.on('close', () => {
      const [path, query] = incoming.url!.split('?', 2);
      const shown = query?.replace(/channel=[^&]*/, 'channel=…');
      log.push(`${incoming.method} ${path} ${outgoing.statusCode}${shown === undefined ? '' : ` ${shown}`}`);
    });
    if (direct && evaluated(incoming, outgoing)) return;
    routed(incoming, outgoing);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sets,
    ofrep: served,
    log,
    cut: () => server.closeAllConnections(),
    async close() {
      served.close();
      await sets.close();
      server.close();
      server.closeAllConnections();
    },
  };
}
