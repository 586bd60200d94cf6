import { createServer } from 'node:http';
import { follow } from '@flagwright/core';
import { flagProvider } from '@flagwright/provider';
import { redisStore } from '@flagwright/sources/redis';
import { observe, recorder } from '@flagwright/telemetry';
import { evaluationStats, healthHandler, healthReport } from '@flagwright/telemetry/health';
import { prometheusMetrics } from '@flagwright/telemetry/prometheus';
import { OpenFeature } from '@openfeature/server-sdk';
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
  const metrics = prometheusMetrics({ namespace: NAMESPACE, perFlag: true });
  metrics.register(registry);

  // told of reads by the follower, and of evaluations by the one hook
  const counted = recorder(metrics);
  const stats = evaluationStats();
  const flags = follow(redisStore({ url: process.env.FEATURE_REDIS_URL, project: 'examples' }), {
    refreshInterval: 1_000,
    onRead(record) {
      counted.onRead(record);
      stats.onRead(record);
    },
  });
  const provider = flagProvider(flags, { hooks: [observe(...counted.sinks, stats)] });
  await OpenFeature.setProviderAndWait(provider);

  const health = healthHandler(healthReport({ health: () => flags.health(), stats }));
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
      await flags.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
