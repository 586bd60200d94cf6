import { createClient, newContext } from '@flagwright/core';
import { fileSource } from '@flagwright/sources/file';

// Rules on what is known of a user, with the synchronous client: no promise at the call.

const client = createClient(fileSource({ path: 'features.yaml' }));
await client.ready();

const users = [
  newContext('user-123')
    .withAttribute('email', 'john@example.com')
    .withAttribute('plan', 'pro')
    .withAttribute('country', 'US')
    .withGroup('beta-testers'),
  newContext('user-124').withAttribute('plan', 'enterprise').withCountry('DE'),
  newContext('user-125').withAttribute('plan', 'free').withCountry('US'),
  newContext('user-126').withAttribute('plan', 'free').withCountry('US'),
  newContext('user-127').withAttribute('plan', 'free').withCountry('FR'),
].map((builder) => builder.build());

for (const user of users) {
  const enabled = client.boolean('advanced-features', false, user);
  const { reason, ruleId } = client.details('advanced-features', user);
  console.log(
    `${user.targetingKey}: ${enabled ? 'advanced features' : 'usual features'} (${reason}${ruleId === undefined ? '' : ` by ${ruleId}`})`,
  );
}

await client.close();
