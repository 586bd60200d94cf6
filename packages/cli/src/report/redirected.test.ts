import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleProgram, type Program } from '@flagwright/test-servers';
import { afterAll, beforeAll, expect, it } from 'vitest';

let bin: Program;
const folder: string = mkdtempSync(join(tmpdir(), 'report-'));
beforeAll(async () => {
  const nodeModules = fileURLToPath(new URL('../../../server/node_modules', import.meta.url));
  const file = fileURLToPath(new URL('../bin.ts', import.meta.url));
  bin = await bundleProgram({ file, external: ['pg', '@electric-sql/pglite'], nodeModules });
});
afterAll(() => {
  bin.remove();
  rmSync(folder, { recursive: true });
});

it.each(['lint', 'validate'])('%s does not write over the file that is its standard input', (verb) => {
  const file = join(folder, 'a.yaml');
  writeFileSync(file, 'flags: {}\n');
  const stdin = openSync(file, 'r');
  const { status, stderr } = spawnSync(process.execPath, [bin.path, verb, '-', '--sarif', 'a.yaml'], {
    cwd: folder,
    stdio: [stdin, 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  closeSync(stdin);
  expect({ status, stderr }).toEqual({
    status: 2,
    stderr: expect.stringContaining('would write over a file that is read: a.yaml, which is the standard input'),
  });
  expect(readFileSync(file, 'utf8')).toBe('flags: {}\n');
});
