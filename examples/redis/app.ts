import { createClient } from '@flagwright/core';
import { redisStore } from '@flagwright/sources/redis';

// An app: it prints what the flag serves whenever that changes.

const flags = createClient(redisStore({ url: process.env.FEATURE_REDIS_URL, project: 'examples' }));
await flags.ready();
let shown = flags.boolean('new-checkout', false);
console.log(`new-checkout is ${shown}`);

const timer = setInterval(() => {
  const now = flags.boolean('new-checkout', false);
  if (now === shown) return;
  shown = now;
  console.log(`new-checkout is ${now}`);
}, 10);

process.once('disconnect', async () => {
  clearInterval(timer);
  await flags.close();
});
