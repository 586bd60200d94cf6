import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { followLocal, liveGates } from '@flagwright/gates';
import { gatesHandler } from '@flagwright/gates/rest';
import { gateFile, syncGates } from '@flagwright/gates/sync';
import { bearer, nodeHandler } from '@flagwright/sources/http';
import { postgresStore } from '@flagwright/sources/postgres';
import { gates } from './features.js';
import { type Heard, now, type Start, TOKEN } from './node-messages.js';

// One node of the cluster: its gates are those of PostgreSQL, and below them those of its file, which is kept in step.
// It tells its parent whenever one of them has changed, and ends with it.

const { name, file, stage, hints, begins } = JSON.parse(process.argv[2]!) as Start;

const whole = postgresStore({ connectionString: process.env.FEATURE_POSTGRES_URL, project: 'examples', stage });
const { subscribe, ...mute } = whole;
const store = hints ? whole : mute;

const live = liveGates(gates, store);
const local = followLocal(live, gateFile(file));
const sync = syncGates({ local: file, store, bootstrap: begins, gates, by: name });

const server = createServer(nodeHandler(gatesHandler(store, { authorize: bearer(TOKEN) })));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

async function tell(): Promise<void> {
  const at = now();
  const shown = Object.fromEntries(live.current.list().map((gate) => [gate.name, gate.enabled]));
  const inFile = Object.fromEntries((await gateFile(file).read()) ?? []);
  const heard: Heard = { at, url: `http://127.0.0.1:${port}/1.0/feature-gates`, gates: shown, file: inFile };
  // the parent may be gone by now
  process.send?.(heard, undefined, undefined, () => undefined);
}

await Promise.all([sync.ready(), local.ready(), live.ready()]);
live.on(() => void tell());
sync.on(() => void tell());
await tell();

process.once('disconnect', async () => {
  server.close();
  server.closeAllConnections();
  await sync.close();
  await local.close();
  await live.close();
});
