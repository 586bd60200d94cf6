import { redisStore } from '@flagwright/sources/redis';
import { together } from '../together.js';

// Flags in Redis: one process prints what a flag serves, another edits it.

const store = redisStore({ url: process.env.FEATURE_REDIS_URL, project: 'examples' });
await store.commit([{ key: 'new-checkout', next: { type: 'boolean', default: false } }]);
await store.close?.();

await together(new URL('app.js', import.meta.url), new URL('edit.js', import.meta.url), 3);
