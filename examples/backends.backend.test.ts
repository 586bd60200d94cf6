import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, expect, it } from 'vitest';

// The examples that need a server, which they start themselves, as a reader would run them.

const run = promisify(execFile);
const root = new URL('..', import.meta.url).pathname;

beforeAll(async () => {
  await run('node', ['node_modules/typescript/bin/tsc', '-b'], { cwd: root });
}, 120_000);

it.each([
  ['postgres', 'FEATURE_POSTGRES_URL', ['committed: on', 'updated in SQL: off']],
  ['redis', 'FEATURE_REDIS_URL', ['committed: on', 'refused: CONFLICT', 'committed: off']],
])('%s: what one process edits, the other prints', async (name, variable, edits) => {
  const { [variable]: _, ...env } = process.env;
  // ends by itself, and well: whatever it started is gone
  const { stdout, stderr } = await run('node', ['examples/dist/run.js', name], { cwd: root, env, timeout: 60_000 });
  expect(stderr).toBe('');
  const said = (who: string): string[] =>
    stdout.split('\n').flatMap((line) => (line.startsWith(who) ? [line.split('│ ')[1]!] : []));
  expect(said('app')).toEqual(['new-checkout is false', 'new-checkout is true', 'new-checkout is false']);
  expect(said('editor')).toEqual(edits);
  expect(stdout).toContain(`${variable} is not set: a server is started for the example`);
});

it('swap: the same evaluations from four backends', async () => {
  const { FEATURE_POSTGRES_URL: _, FEATURE_REDIS_URL: __, ...env } = process.env;
  const tables: string[] = [];
  for (const provider of ['file', 'memory', 'postgres', 'redis']) {
    const options = { cwd: root, env: { ...env, FEATURE_PROVIDER: provider }, timeout: 60_000 };
    const { stdout, stderr } = await run('node', ['examples/dist/run.js', 'swap'], options);
    expect(stderr).toBe('');
    const [before, table] = stdout.split(`answered by ${provider}\n`);
    expect(before).toMatch(/^(FEATURE_\w+_URL is not set: a server is started for the example\n)?$/);
    tables.push(table!);
  }
  expect(new Set(tables).size).toBe(1);
  const [table] = tables;
  expect(table!.trim().split('\n')).toHaveLength(2 + 3 * 4);
  expect(table).toMatch(/^new-checkout +alice +true +on +TARGETING_MATCH +staff$/m);
  expect(table).toMatch(/^page-size +bob +100 +large +TARGETING_MATCH +paid-plans$/m);
  expect(table).toMatch(/^limits +carol +\{"requests":100,"window":"60s"\} +STATIC$/m);
}, 120_000);
