import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { launchDarklyResolver } from '@flagwright/bridges/launchdarkly';
import { createProvider } from '@flagwright/provider';
import { init } from '@launchdarkly/node-server-sdk';
import { FileDataSourceFactory } from '@launchdarkly/node-server-sdk/integrations';
import { type EvaluationContext, OpenFeature } from '@openfeature/server-sdk';
import { changedBy } from '../changed-by.js';
import { table } from '../table.js';

// LaunchDarkly's own SDK behind OpenFeature. Its flags come from a file here, so that nothing asks the network; with an
// account it is `launchDarklyResolver({ sdkKey })`.

const folder = mkdtempSync(join(tmpdir(), 'flagwright-launchdarkly-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
const path = join(folder, 'flags.json');
const flags = readFileSync('flags.json', 'utf8');
writeFileSync(path, flags);

const file = new FileDataSourceFactory({ paths: [path], autoUpdate: true });
const resolver = launchDarklyResolver({
  // the resolver closes the client that this makes
  client: (options) => init('no-key', { ...options, updateProcessor: file.getFactory(), sendEvents: false }),
  sinks: [
    (record) => record.kind === 'track' && console.log(`\ntracked: ${record.event} ${JSON.stringify(record.data)}`),
  ],
});

// --- the app: OpenFeature alone -----------------------------------------------------------------------------------

await OpenFeature.setProviderAndWait(createProvider(resolver));
const client = OpenFeature.getClient();

const users: readonly EvaluationContext[] = [
  { targetingKey: 'alice', email: 'alice@example.com', plan: 'free' },
  { targetingKey: 'bob', email: 'bob@example.org', plan: 'pro' },
  { targetingKey: 'carol', email: 'carol@example.org', plan: 'free' },
];

async function show(): Promise<void> {
  const rows: unknown[][] = [['flag', 'user', 'value', 'variation', 'reason', 'in LaunchDarkly', 'rule']];
  for (const user of users) {
    for (const { flagKey, value, reason, flagMetadata } of [
      await client.getBooleanDetails('new-checkout', false, user),
      await client.getStringDetails('theme', 'light', user),
      await client.getNumberDetails('page-size', 10, user),
    ]) {
      const { variationIndex, engineReason, ruleId = '' } = flagMetadata;
      rows.push([flagKey, user.targetingKey, value, variationIndex, reason, engineReason, ruleId]);
    }
  }
  console.log(table(rows));
}

await show();
client.track('checkout', { targetingKey: 'alice' }, { value: 99.5, currency: 'EUR' });

// --- somebody switches page-size on -------------------------------------------------------------------------------

const edited = JSON.parse(flags) as { flags: Record<string, object> };
edited.flags['page-size'] = { ...edited.flags['page-size'], on: true, version: 2 };
const changed = await changedBy(client, () => writeFileSync(path, JSON.stringify(edited)));
console.log(`\nPROVIDER_CONFIGURATION_CHANGED: ${changed.join(', ')}\n`);
await show();

await OpenFeature.close();
