import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleProgram, type Program } from '@flagwright/test-servers';
import { afterAll, beforeAll, expect, it } from 'vitest';

const SYNC = fileURLToPath(new URL('./index.ts', import.meta.url));
const MEMORY = fileURLToPath(new URL('../../../sources/src/memory.ts', import.meta.url));

let folder: string;
let program: Program;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gates-exit-'));
  program = await bundleProgram({
    text: `
      import { pushOnce, syncGates } from ${JSON.stringify(SYNC)};
      import { memoryStore } from ${JSON.stringify(MEMORY)};
      const [what, local] = process.argv.slice(2);
      const store = memoryStore({ flags: { 'feature.b': { type: 'bool', default: false } } });
      const hung = { ...store, read: () => new Promise(() => {}) };
      if (what === 'sync') {
        const sync = syncGates({ local, store, bootstrap: true });
        await sync.ready();
        console.log(sync.health().status);
      } else {
        await pushOnce({ local, store: hung, timeout: 300 }).catch((error) => console.log(error.code));
      }
    `,
  });
});

afterAll(async () => {
  program.remove();
  await rm(folder, { recursive: true, force: true });
});

async function run(what: string, local: string): Promise<{ readonly code: number; readonly output: string }> {
  const child = spawn(process.execPath, [program.path, what, local], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const limit = setTimeout(() => child.kill('SIGKILL'), 15_000);
  const [code] = (await once(child, 'close')) as [number];
  clearTimeout(limit);
  return { code, output };
}

it('a sync keeps no process alive, and the next process goes on at once', async () => {
  const local = join(folder, 'sync.yaml');
  await writeFile(local, 'features:\n  a: true\n');
  for (let life = 0; life < 2; life++) expect(await run('sync', local)).toEqual({ code: 0, output: 'in-step\n' });
  // the store of the second life knew nothing of the first
  expect(await readFile(local, 'utf8')).toBe('features:\n  b: false\n');
});

it('a push lives until it is known what came of it', async () => {
  const local = join(folder, 'push.yaml');
  await writeFile(local, 'features:\n  a: true\n');
  expect(await run('push', local)).toEqual({ code: 0, output: 'UNAVAILABLE\n' });
});
