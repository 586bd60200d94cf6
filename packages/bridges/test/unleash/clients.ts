import { InMemStorageProvider, Unleash, type UnleashConfig } from 'unleash-client';

/** A client as an application makes it, that keeps no backup. */
export function makeUnleash(config: Partial<UnleashConfig> & { readonly url: string }): Unleash {
  const client = new Unleash({
    appName: 'test',
    refreshInterval: 20,
    skipInstanceCountWarning: true,
    storageProvider: new InMemStorageProvider(),
    ...config,
  });
  // alone, it would print its errors
  client.on('error', () => undefined);
  return client;
}

/** Destroys a client. If a request of it then fails, that would end the process: nobody listens for errors any more. */
export function destroy(client: Unleash): void {
  client.destroy();
  const { repository } = client as unknown as { repository: NodeJS.EventEmitter };
  repository.on('error', () => undefined);
}
