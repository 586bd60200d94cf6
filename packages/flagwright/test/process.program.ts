import dns from 'node:dns';
import { createRequire } from 'node:module';
import net from 'node:net';
import { OpenFeature } from '@openfeature/server-sdk';
import { providerFromEnv } from 'flagwright';

// One evaluation by the variables of this process; says which drivers were loaded and how often the network was asked.

let asked = 0;
const count = <T extends object, K extends keyof T>(owner: T, name: K): void => {
  const original = owner[name] as (...args: unknown[]) => unknown;
  owner[name] = function (this: unknown, ...args: unknown[]) {
    asked++;
    return original.apply(this, args);
  } as T[K];
};
count(net.Socket.prototype, 'connect');
count(dns, 'lookup');

const started = await OpenFeature.setProviderAndWait(providerFromEnv()).then(
  () => 'ready',
  (error: Error) => error.message,
);
const details = await OpenFeature.getClient().getStringDetails('greeting', 'fallback', { targetingKey: 'ann' });
const cache = Object.keys(createRequire(import.meta.url).cache);
const loaded = ['pg', 'ioredis', '@launchdarkly/node-server-sdk', 'unleash-client'].filter((name) =>
  cache.some((file) => file.includes(`/node_modules/${name}/`)),
);
console.log(JSON.stringify({ started, value: details.value, reason: details.reason, loaded, asked }));
// nothing is closed: that keeps no process alive
if (process.argv[2] === 'close') await OpenFeature.close();
