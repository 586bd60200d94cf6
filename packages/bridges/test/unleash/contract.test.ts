import { unleashResolver } from '@flagwright/bridges/unleash';
import { resolverContract } from '@flagwright/testing';
import { destroy, makeUnleash } from './clients.ts';
import { contractFlags } from './flags.ts';
import { startServer, type UnleashServer } from './server.ts';

const divergences = [
  {
    test: 'answers TYPE_MISMATCH with the fallback where another type is asked for',
    reason: 'a flag with variants is also on or off: Unleash answers it as a boolean',
  },
];

/** What a fixture does to a server. A status that the client does not try again is a failure soon known. */
const deeds = (server: UnleashServer) => ({
  change: () => server.set(contractFlags(true)),
  breakIt: () => server.turn(418),
  mend: () => server.turn('good'),
  hang: () => server.turn('hang'),
});

resolverContract({
  name: 'unleashResolver of a url',
  divergences,
  quietFor: 60,
  async open() {
    const server = await startServer(contractFlags(false));
    const resolver = unleashResolver({ url: server.url, refreshInterval: 20, startTimeout: 300 });
    return {
      resolver,
      ...deeds(server),
      async close() {
        await resolver.stop?.();
        await server.close();
      },
    };
  },
});

resolverContract({
  name: 'unleashResolver of a client that the caller made',
  divergences,
  quietFor: 60,
  async open() {
    const server = await startServer(contractFlags(false));
    const client = makeUnleash({ url: server.url, disableAutoStart: true });
    const resolver = unleashResolver({ client, startTimeout: 300 });
    return {
      resolver: {
        ...resolver,
        async start(events) {
          void client.start();
          await resolver.start?.(events);
        },
      },
      ...deeds(server),
      async close() {
        await resolver.stop?.();
        destroy(client);
        await server.close();
      },
    };
  },
});
