import { type EvaluationContext, OpenFeature } from '@openfeature/server-sdk';
import { providerFromEnv } from 'flagwright';
import { table } from '../table.js';

// The app. It knows OpenFeature and `providerFromEnv`, and not where its flags come from.

await OpenFeature.setProviderAndWait(providerFromEnv());
const client = OpenFeature.getClient();

const users: readonly EvaluationContext[] = [
  { targetingKey: 'alice', email: 'alice@example.com', plan: 'free' },
  { targetingKey: 'bob', email: 'bob@example.org', plan: 'pro' },
  { targetingKey: 'carol', email: 'carol@example.org', plan: 'free' },
];

const rows: unknown[][] = [['flag', 'user', 'value', 'variant', 'reason', 'rule']];
for (const user of users) {
  for (const details of [
    await client.getBooleanDetails('new-checkout', false, user),
    await client.getStringDetails('button-color', '#000000', user),
    await client.getNumberDetails('page-size', 10, user),
    await client.getObjectDetails('limits', {}, user),
  ]) {
    const { flagKey, value, variant, reason, flagMetadata } = details;
    rows.push([flagKey, user.targetingKey, value, variant ?? '', reason, flagMetadata.ruleId ?? '']);
  }
}
console.log(`answered by ${client.metadata.providerMetadata.resolver}\n\n${table(rows)}`);

await OpenFeature.close();
