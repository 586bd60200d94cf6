import { setTimeout } from 'node:timers/promises';
import { postgresStore } from '@flagwright/sources/postgres';
import pg from 'pg';

// Somebody else: turns the flag on by a commit, which fails if the flag is not what it was, and off again in SQL.

const pool = new pg.Pool({ connectionString: process.env.FEATURE_POSTGRES_URL });
const store = postgresStore({ pool, project: 'examples' });

const was = { type: 'boolean', default: false };
await store.commit([{ key: 'new-checkout', next: { type: 'boolean', default: true }, was }], 'editor');
console.log('committed: on');
await setTimeout(200);

await pool.query(
  `update feature_flags set definition = jsonb_set(definition, '{default}', 'false')
   where project = 'examples' and key = 'new-checkout'`,
);
console.log('updated in SQL: off');

await store.close?.();
await pool.end();
process.disconnect?.();
