import { unleashResolver } from '@flagwright/bridges/unleash';
import { createProvider } from '@flagwright/provider';
import { type EvaluationContext, OpenFeature, ProviderEvents } from '@openfeature/server-sdk';
import { table } from '../table.js';

// Unleash's own client behind OpenFeature. Its flags come from a bootstrap file here, and nothing asks the network; with
// a server it is `unleashResolver({ url, token })`.

const resolver = unleashResolver({
  url: 'http://127.0.0.1/api',
  appName: 'shop',
  bootstrap: { filePath: 'bootstrap.json' },
  refreshInterval: 0,
  sendEvents: false,
});
await OpenFeature.setProviderAndWait(createProvider(resolver));
const client = OpenFeature.getClient();

const users: readonly EvaluationContext[] = [
  { targetingKey: 'alice', plan: 'free' },
  { targetingKey: 'bob', plan: 'pro' },
  { targetingKey: 'carol', plan: 'free' },
];

// a boolean is whether the flag is on; a value in another type is the payload of its variant
const rows: unknown[][] = [['flag', 'user', 'value', 'variant', 'reason']];
for (const user of users) {
  for (const { flagKey, value, variant = '', reason } of [
    await client.getBooleanDetails('new-checkout', false, user),
    await client.getBooleanDetails('old-import', false, user),
    await client.getStringDetails('button-color', '#000000', user),
    await client.getNumberDetails('page-size', 10, user),
    await client.getObjectDetails('limits', {}, user),
    await client.getObjectDetails('countries', [], user),
    await client.getStringDetails('countries', '', user),
  ]) {
    rows.push([flagKey, user.targetingKey, value, variant, reason]);
  }
}
console.log(table(rows));

async function usersWithFasterSearch(): Promise<readonly string[]> {
  const found: string[] = [];
  for (let n = 0; n < 1000; n++) {
    const targetingKey = `user-${n}`;
    if (await client.getBooleanValue('faster-search', false, { targetingKey })) found.push(targetingKey);
  }
  return found;
}
const [first, second] = [await usersWithFasterSearch(), await usersWithFasterSearch()];
console.log(`\nfaster-search, a gradual rollout of 30 %: on for ${first.length} of 1,000 users`);
console.log(`asked again, for ${second.join() === first.join() ? 'the same users' : 'others'}`);

// a copy is good to answer from, and may be out of date
const message = await new Promise((resolve) => {
  client.addHandler(ProviderEvents.Stale, (event) => resolve(event?.message));
});
console.log(`\n${client.providerStatus}: ${message}`);

await OpenFeature.close();
