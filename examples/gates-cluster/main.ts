import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { gatesClient } from '@flagwright/gates/rest';
import { gateFile } from '@flagwright/gates/sync';
import { migrate, postgresStore } from '@flagwright/sources/postgres';
import { table } from '../table.js';
import { type Node, startNode, type Times, timed } from './cluster.js';
import { TOKEN } from './node-messages.js';

// Three processes on one PostgreSQL, each with a file of its own. Whatever is set on one of them, in its file or over
// HTTP, is so on all, and in all files. Prints how long that took; ends with code 1 if they do not agree within
// EXAMPLE_PATIENCE ms.

const connectionString = process.env.FEATURE_POSTGRES_URL;
await migrate({ connectionString });
const folder = await mkdtemp(join(tmpdir(), 'gates-cluster-'));
const stage = `gates-cluster-${randomUUID().slice(0, 8)}`;
const names = ['node-a', 'node-b', 'node-c'] as const;
const fileOf = (name: string): string => join(folder, `${name}.yaml`);

// the cluster is there, and has no gates yet
const store = postgresStore({ connectionString, project: 'examples', stage });
await store.commit([]);
await store.close?.();

for (const name of names) {
  const own = name === 'node-a' ? 'features:\n  EventsProxy: false # until the proxy is upgraded\n' : 'features: {}\n';
  await writeFile(fileOf(name), `# gates of ${name}\n${own}`);
}

const rows: unknown[][] = [['in ms', ...names, 'all files']];
let failed = false;
let nodes: Node[] = [];

/** The first one begins, the others join. */
async function start(hints: boolean): Promise<void> {
  for (const name of names) {
    nodes.push(await startNode({ name, file: fileOf(name), stage, hints, begins: name === 'node-a' && hints }));
  }
}

async function stop(): Promise<void> {
  await Promise.all(nodes.map((node) => node.stop()));
  nodes = [];
}

function show(what: string, { nodes: times, files }: Times): void {
  const cells = [...times, files];
  failed ||= cells.includes(undefined);
  rows.push([what, ...cells.map((ms) => (ms === undefined ? 'not' : Math.round(ms)))]);
}

/** Sets a gate in the file of a node, or takes it out, as its user would. */
const edit = (name: string, gate: string, value: boolean | undefined) => () =>
  gateFile(fileOf(name)).write(new Map([[gate, value]]));

try {
  await start(true);
  const joined = await Promise.all(names.map((name) => gateFile(fileOf(name)).read()));
  failed = !joined.every((gates) => gates?.get('EventsProxy') === false);
  failed ||= !nodes.every(({ heard }) => heard.gates.EventsProxy === false);
  console.log(
    `node-a began with EventsProxy=false; node-b and node-c ${failed ? 'did not take it' : 'took it over'}\n`,
  );

  const ceph = 'storage.ceph';
  show('node-b sets storage.ceph in its file', await timed(nodes, edit('node-b', ceph, true), ceph, true, true));
  show('node-c takes it out of its file', await timed(nodes, edit('node-c', ceph, undefined), ceph, false, undefined));
  const client = gatesClient(nodes[0]!.heard.url, { token: TOKEN });
  const set = () => client.create('multi-region', true);
  show('multi-region is set over HTTP', await timed(nodes, set, 'multi-region', true, true));
  const unset = () => client.remove('multi-region');
  show('and unset over HTTP', await timed(nodes, unset, 'multi-region', false, undefined));
  await stop();

  await start(false);
  show('asking every 4.5 s: node-b sets it', await timed(nodes, edit('node-b', ceph, true), ceph, true, true));
  const last = nodes.map(({ heard }) => JSON.stringify([heard.gates, Object.entries(heard.file).sort()]));
  failed ||= new Set(last).size > 1;

  console.log(table(rows));
  console.log(failed ? '\nThey do not agree.' : '\nAll three agree, and so do their files.');
} finally {
  await stop();
  await rm(folder, { recursive: true, force: true });
}
if (failed) process.exitCode = 1;
