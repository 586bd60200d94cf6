import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryStore } from '@flagwright/sources/memory';
import { afterEach, expect, it } from 'vitest';
import { type GateSync, syncGates } from './index.ts';

const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo();
});

it('three nodes agree', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gates-sync-'));
  cleanup.push(() => rm(folder, { recursive: true }));
  const store = memoryStore();
  const nodes: GateSync[] = [];
  for (let i = 0; i < 3; i++) {
    await writeFile(join(folder, `${i}.yaml`), `# node ${i}\nfeatures: {}\n`);
    const sync = syncGates({ local: join(folder, `${i}.yaml`), store, bootstrap: i === 0, onEvent: (e) => console.log(i, JSON.stringify(e)) });
    cleanup.push(() => sync.close());
    nodes.push(sync);
    await sync.ready();
  }
  await writeFile(join(folder, '0.yaml'), '# node 0\nfeatures:\n  a: true # mine\n  storage.ceph: false\n');
  await new Promise((r) => setTimeout(r, 300));
  for (let i = 0; i < 3; i++) console.log(await readFile(join(folder, `${i}.yaml`), 'utf8'));
  console.log(nodes[1]!.health());
  console.log(await readFile(join(folder, `.1.yaml.sync.json`), 'utf8'));
  expect(1).toBe(1);
});
