import { createServer } from 'node:http';
import { healthHandler } from '@flagwright/telemetry/health';
import { OpenFeature } from '@openfeature/server-sdk';
import { openProvider } from 'flagwright';
import { Registry } from 'prom-client';
import { listening } from './listening.js';

/** Where the names of this app's metrics begin. */
export const NAMESPACE = 'myapp_feature_flags';

/** The app, as it is seen from outside. */
export interface App {
  readonly port: number;
  close(): Promise<void>;
}

/** The app: flags from Redis through OpenFeature, and what is known of them at `/metrics` and `/health`. */
export async function startApp(wanted: number | undefined): Promise<App> {
  const registry = new Registry();
  const provider = openProvider(
    {
      provider: 'redis',
      project: 'examples',
      redis: { url: process.env.FEATURE_REDIS_URL },
      refreshInterval: '1s',
      metrics: { namespace: NAMESPACE, perFlag: true },
    },
    { registry },
  );
  await OpenFeature.setProviderAndWait(provider);

  const health = healthHandler(provider);
  const server = createServer(async (request, response) => {
    if (request.url === '/health') return health(request, response);
    if (request.url !== '/metrics') return response.writeHead(404).end('There are /metrics and /health.\n');
    response.setHeader('content-type', registry.contentType).end(await registry.metrics());
  });
  const port = await listening(server, wanted, 9464);

  return {
    port,
    async close() {
      await OpenFeature.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
