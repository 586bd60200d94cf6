import { createClient, newContext } from '@flagwright/core';
import { fileSource } from '@flagwright/sources/file';

// 20 % of the users get the new checkout, and the same user always gets the same answer.

const client = createClient(fileSource({ path: 'features.yaml' }));
await client.ready();

const user = newContext('user-123').build();
const answers = new Set(Array.from({ length: 100 }, () => client.boolean('new-checkout', false, user)));
console.log(
  `user-123 gets the ${answers.has(true) ? 'new' : 'old'} checkout, ${answers.size === 1 ? 'every time' : 'now and then'}`,
);

const total = 10_000;
let on = 0;
for (let i = 0; i < total; i++) {
  if (client.boolean('new-checkout', false, newContext(`user-${i}`).build())) on++;
}
console.log(`${on} of ${total} users get the new checkout (${((on / total) * 100).toFixed(1)} %)`);

await client.close();
