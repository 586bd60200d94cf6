import { CONTRACT_FLAGS, resolverContract } from '@flagwright/testing';
import { expect } from 'vitest';
import { launchDarklyResolver } from '../../src/launchdarkly/index.ts';
import { streamServer, wireFlag } from './stream-server.ts';
import { eventually, KEY, quick, resolverOver, VERSIONS } from './support.ts';

const FLAGS = [
  ...Object.entries(CONTRACT_FLAGS).map(([key, value]) => wireFlag(key, value)),
  wireFlag('contract-off', true, { on: false }),
  wireFlag('contract-changing', false),
];

const CHANGED = wireFlag('contract-changing', true, { version: 2 });

for (const [version, init] of VERSIONS) {
  resolverContract({
    name: `launchDarklyResolver, ${version}, over a stream`,
    quietFor: 40,
    open: async () => {
      const server = await streamServer(FLAGS);
      const resolver = resolverOver(init, server, { startTimeout: 500, grace: 50 });
      return {
        resolver,
        change: () => server.patch(CHANGED),
        breakIt: () => server.down(),
        mend: () => server.up(),
        hang: () => {
          server.mode = 'hang';
        },
        async close() {
          await resolver.stop?.();
          await server.close();
        },
      };
    },
  });

  resolverContract({
    name: `launchDarklyResolver, ${version}, over a client that is given`,
    quietFor: 40,
    open: async () => {
      const server = await streamServer(FLAGS);
      const logger = { debug() {}, info() {}, warn() {}, error() {} };
      const client = init(KEY, { ...quick(server), logger });
      // what a fixture leaves is counted from the sockets that there are
      await eventually(() => expect(server.connections()).toBe(1));
      const resolver = launchDarklyResolver({ client, startTimeout: 3_000, flushTimeout: 200 });
      return {
        resolver,
        change: () => server.patch(CHANGED),
        async close() {
          await resolver.stop?.();
          client.close();
          await server.close();
        },
      };
    },
  });
}
