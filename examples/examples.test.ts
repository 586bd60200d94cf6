import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';

// Every example runs as a reader would run it, and prints what it promises.

const run = promisify(execFile);
const root = new URL('..', import.meta.url).pathname;

beforeAll(async () => {
  await run('node', ['node_modules/typescript/bin/tsc', '-b'], { cwd: root });
}, 120_000);

async function output(name: string): Promise<string> {
  const { stdout, stderr } = await run('node', ['examples/dist/run.js', name], { cwd: root, timeout: 30_000 });
  expect(stderr).toBe('');
  return stdout;
}

const lines = (...expected: string[]): string => `${expected.join('\n')}\n`;

describe('examples', () => {
  it('basic', async () => {
    expect(await output('basic')).toBe(lines('showing the new dashboard', 'applying the dark theme'));
  });

  it('user-targeting', async () => {
    const text = await output('user-targeting');
    expect(text).toContain('user-123: advanced features (RULE_MATCH by beta-testers)');
    expect(text).toContain('user-124: advanced features (RULE_MATCH by paid-plans)');
    expect(text).toMatch(/user-125: (advanced|usual) features \(RULE_MATCH by half-of-the-us\)/);
    expect(text).toContain('user-127: usual features (FALLTHROUGH)');
  });

  it('percentage-rollout: 20 % of the users, and the same user always the same', async () => {
    const text = await output('percentage-rollout');
    expect(text).toMatch(/user-123 gets the (new|old) checkout, every time/);
    const on = Number(/^(\d+) of 10000 users get the new checkout/m.exec(text)?.[1]);
    expect(on).toBeGreaterThan(1900);
    expect(on).toBeLessThan(2100);
  });

  it('ab-testing: three variants, tracked with the one that was seen', async () => {
    const text = await output('ab-testing');
    expect(text).toMatch(/user-123 sees a (blue|green|red) button/);
    const counts = [...text.matchAll(/(?:blue|green|red) was seen (\d+) times/g)].map((match) => Number(match[1]));
    expect(counts).toHaveLength(3);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(3000);
    for (const count of counts) expect(count).toBeGreaterThan(900);
  });

  it('prerequisites', async () => {
    const text = await output('prerequisites');
    expect(text).toContain('advanced-analytics = true (on), because RULE_MATCH');
    expect(text).toContain('advanced-analytics = false (off), because PREREQUISITE_FAILED');
  });

  it('local-overrides', async () => {
    expect(await output('local-overrides')).toBe(
      lines('new-feature: true (override: true)', 'experiment-mode: b, variant variant-b (override: true)'),
    );
  });

  it('flagd-file', async () => {
    const text = await output('flagd-file');
    expect(text).toContain('welcome-banner: true (TARGETING_MATCH)');
    expect(text).toMatch(/header-color: #[0F]{6} \(SPLIT\)/);
    expect(text).toContain('mobile-app: 2 (TARGETING_MATCH)');
    expect(text).toContain('retired: false (DISABLED');
  });

  it('demo: follows the edits, keeps the last good flags, comes back', async () => {
    const text = await output('demo');
    expect(text).toMatch(/on for (1\d\d|2\d\d) of 1,000 users\n/);
    const kept = /on for (\d+) of 1,000 users; of the (\d+) who had it, (\d+) still have it/.exec(text);
    expect(Number(kept?.[1])).toBeGreaterThan(540);
    expect(kept?.[3]).toBe(kept?.[2]);
    expect(text).toMatch(/PROVIDER_CONFIGURATION_CHANGED after \d+ ms: new-checkout/);
    expect(text).toMatch(/PROVIDER_STALE after \d+ ms:\n.*features\.yaml/);
    expect(text).toMatch(/PROVIDER_READY after \d+ ms/);
    expect(text).toMatch(/advanced-analytics +alice +false +PREREQUISITE_FAILED by basic-analytics/);
  });

  it('the demo script of the README runs it', () => {
    const { scripts } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { scripts: Record<string, string> };
    expect(scripts.demo).toBe('tsc -b && node examples/dist/run.js demo');
    expect(scripts.example).toBe('tsc -b && node examples/dist/run.js');
  });

  it('an unknown example names those there are', async () => {
    const failed = await run('node', ['examples/dist/run.js', 'nope'], { cwd: root }).catch(
      (thrown: { stderr: string; code: number }) => thrown,
    );
    expect(failed).toMatchObject({ code: 2, stderr: expect.stringContaining('percentage-rollout') });
  });
});
