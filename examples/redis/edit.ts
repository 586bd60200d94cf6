import { setTimeout } from 'node:timers/promises';
import { FlagError } from '@flagwright/core';
import { redisStore } from '@flagwright/sources/redis';
import { Redis } from 'ioredis';

// Somebody else: turns the flag on and off again. A commit that takes it for what it no longer is changes nothing.

const client = new Redis(process.env.FEATURE_REDIS_URL!);
const store = redisStore({ client, project: 'examples' });

const off = { type: 'boolean', default: false };
const on = { type: 'boolean', default: true };
await store.commit([{ key: 'new-checkout', next: on, was: off }], 'editor');
console.log('committed: on');
await setTimeout(200);

const outdated = await store.commit([{ key: 'new-checkout', next: on, was: off }]).catch((error: unknown) => error);
if (outdated instanceof FlagError) console.log(`refused: ${outdated.code}`);

await store.commit([{ key: 'new-checkout', next: off, was: on }], 'editor');
console.log('committed: off');

await store.close?.();
client.disconnect();
process.disconnect?.();
