import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Ran, ran } from '../../test/world.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flagctl-serve-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const TOKEN = /fwt_[a-z2-7]+_[\w-]{43}/;

/** Runs `flagctl serve`, which ends as soon as it has said all. */
async function serve(...args: string[]): Promise<Ran> {
  const end = new AbortController();
  return await ran(['serve', '--data-dir', join(folder, 'data'), '--log-level', 'error', ...args], {
    interrupted: () => end.signal,
    heard: ({ out }) => {
      if (out !== '') end.abort();
    },
  });
}

it('tells the first token once, on the standard output', async () => {
  const first = await serve('--port', '0');
  expect(first).toMatchObject({ code: 0, out: expect.stringMatching(TOKEN), err: '' });
  const second = await serve('--port', '0');
  expect(second.code).toBe(0);
  expect(second.out).toContain('embedded, in');
  expect(second.out + second.err).not.toMatch(TOKEN);
}, 60_000);

it('writes it to a file that only its owner can read', async () => {
  const file = join(folder, 'token');
  const { code, out, err } = await serve('--port', '0', '--token-file', file);
  expect(code).toBe(0);
  expect(out).toContain(file);
  expect(out + err).not.toMatch(TOKEN);
  expect(readFileSync(file, 'utf8')).toMatch(TOKEN);
  expect(statSync(file).mode & 0o777).toBe(0o600);
}, 60_000);

it('tells it when the port is taken: it is made by then, and never told again', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as { port: number };
  const { code, out, err } = await serve('--port', String(port));
  other.close();
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(TOKEN);
  expect(err).toContain(`port ${port} of 127.0.0.1 is taken`);
}, 60_000);

it('tells it when the file for it is there already, and leaves that as it is', async () => {
  const file = join(folder, 'token');
  writeFileSync(file, 'mine');
  const { code, err } = await serve('--port', '0', '--token-file', file);
  expect(code).toBe(1);
  expect(err).toMatch(TOKEN);
  expect(readFileSync(file, 'utf8')).toBe('mine');
}, 60_000);
