import { migrate, postgresStore } from '@flagwright/sources/postgres';
import { together } from '../together.js';

// Flags in PostgreSQL: one process prints what a flag serves, another edits it, by commit and by plain SQL.

const connectionString = process.env.FEATURE_POSTGRES_URL;

await migrate({ connectionString });
const store = postgresStore({ connectionString, project: 'examples' });
await store.commit([{ key: 'new-checkout', next: { type: 'boolean', default: false } }]);
await store.close?.();

await together(new URL('app.js', import.meta.url), new URL('edit.js', import.meta.url), 3);
