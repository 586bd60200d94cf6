import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readGateFile } from './gate-file.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gates-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function write(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

it.each([
  ['zarf-config.yaml', 'features:\n  a: true\n'],
  ['zarf-config.yml', 'features:\n  a: true\n'],
  ['zarf-config.toml', '[features]\na = true\n'],
  ['ZARF.TOML', '[features]\na = true\n'],
  ['config.json', '{"features": {"a": true}}'],
  ['config', 'features: {a: true}'],
  ['marked.yaml', '\ufefffeatures: {a: true}'],
  ['marked.toml', '\ufefffeatures.a = true'],
])('reads %s', async (name, text) => {
  const path = await write(name, text);
  const { name: layer, settings } = await readGateFile(path);
  expect([layer, settings.map(({ name, enabled, from }) => [name, enabled, from])]).toEqual([
    'file',
    [['a', true, path]],
  ]);
});

it('is of the layer, and of the name, that was asked for', async () => {
  const path = await write('local.conf', '[feature]\na = false');
  expect(await readGateFile(path, { layer: 'local', format: 'toml', file: 'the local file' })).toMatchObject({
    name: 'local',
    settings: [{ name: 'a', from: 'the local file', place: { file: 'the local file', line: 2 } }],
  });
});

it('tells where something is wrong', async () => {
  const path = await write('wrong.yaml', 'features:\n  a: 1\n  b: 2\n');
  await expect(readGateFile(path)).rejects.toMatchObject({
    code: 'PARSE_ERROR',
    message: expect.stringContaining(`${path}:2:6: `),
    issues: [{ place: { file: path, line: 2 } }, { place: { file: path, line: 3 } }],
  });
});

it('may be missing only if that is said', async () => {
  const path = join(folder, 'missing.yaml');
  await expect(readGateFile(path)).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining('Hint'),
  });
  await expect(readGateFile(join(await write('plain', ''), 'x.yaml'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(await readGateFile(path, { optional: true, layer: 'local' })).toEqual({ name: 'local', settings: [] });
});

it('must be readable, even if it may be missing', async () => {
  const optional = { optional: true };
  await mkdir(join(folder, 'folder.yaml'));
  await expect(readGateFile(join(folder, 'folder.yaml'), optional)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  // opening one would wait for a writer for ever
  execFileSync('mkfifo', [join(folder, 'pipe.yaml')]);
  await expect(readGateFile(join(folder, 'pipe.yaml'), optional)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  await expect(readGateFile('/dev/zero', optional)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  const latin = await write('latin.yaml', Uint8Array.of(0x61, 0x3a, 0x20, 0xe9));
  await expect(readGateFile(latin, optional)).rejects.toMatchObject({ code: 'PARSE_ERROR' });
  const large = await write('large.yaml', '');
  await truncate(large, 17 * 1024 * 1024);
  await expect(readGateFile(large, optional)).rejects.toMatchObject({ code: 'TOO_LARGE' });
});
