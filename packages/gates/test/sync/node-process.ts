import { postgresStore } from '@flagwright/sources/postgres';
import { syncGates } from '../../src/sync/index.ts';

// A node as a process of its own, to be killed. It says "ready" when it has been in step with the cluster once.

const [local, connectionString, table, bootstrap] = process.argv.slice(2) as [string, string, string, string];
const store = postgresStore({ connectionString, table, timeout: 2_000 });
const sync = syncGates({
  local,
  store,
  bootstrap: bootstrap === 'yes',
  interval: 1_000,
  timeout: 2_000,
  onEvent: () => undefined,
});
// something to live for: nothing of the sync keeps a process alive
setInterval(() => undefined, 60_000);
for (let joined = false; !joined; ) {
  joined = await sync.ready().then(
    () => true,
    () => false,
  );
}
process.stdout.write('ready\n');
