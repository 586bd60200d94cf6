import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, expect, it } from 'vitest';

// Three processes on one PostgreSQL, which the example starts itself, as a reader would run it.

const run = promisify(execFile);
const root = new URL('..', import.meta.url).pathname;

beforeAll(async () => {
  await run('node', ['node_modules/typescript/bin/tsc', '-b'], { cwd: root });
}, 120_000);

const { FEATURE_POSTGRES_URL: _, ...env } = process.env;
const options = { cwd: root, env, timeout: 100_000 };

it('what is set on one node is so on all, and in all files, with hints and without', async () => {
  const { stdout, stderr } = await run('node', ['examples/dist/run.js', 'gates-cluster'], options);
  expect(stderr).toBe('');
  const lines = stdout.trim().split('\n');
  expect(lines).toContain('node-a began with EventsProxy=false; node-b and node-c took it over');
  const times = lines.flatMap((line) => /^(.+?) {2,}(\d+) +(\d+) +(\d+) +(\d+)$/.exec(line)?.[1] ?? []);
  expect(times).toEqual([
    'node-b sets storage.ceph in its file',
    'node-c takes it out of its file',
    'multi-region is set over HTTP',
    'and unset over HTTP',
    'asking every 4.5 s: node-b sets it',
  ]);
  expect(lines.at(-1)).toBe('All three agree, and so do their files.');
}, 120_000);

it('nodes that do not agree in time are told, and the example has failed', async () => {
  const impatient = { ...options, env: { ...env, EXAMPLE_PATIENCE: '0' } };
  const failed = await run('node', ['examples/dist/run.js', 'gates-cluster'], impatient).catch((error) => error);
  expect(failed).toMatchObject({ code: 1, stdout: expect.stringContaining('They do not agree.') });
}, 120_000);
