import { execFile } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';

// Every example runs as a reader would run it, and prints what it promises.

const run = promisify(execFile);
const root = new URL('..', import.meta.url).pathname;

beforeAll(async () => {
  await run('node', ['node_modules/typescript/bin/tsc', '-b'], { cwd: root });
}, 120_000);

async function output(name: string, timeout = 30_000): Promise<string> {
  const { FEATURE_PROVIDER: _, ...env } = process.env;
  const { stdout, stderr } = await run('node', ['examples/dist/run.js', name], { cwd: root, env, timeout });
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

  it('ab-testing: three variants, tracked with the one that was seen; the winner is found, and the broken split', async () => {
    const text = await output('ab-testing');
    expect(text).toMatch(/^user-123 sees a (blue|green|red) button\n/);
    const counts = [...text.matchAll(/^(?:blue|green|red) was seen (\d+) times$/gm)].map((match) => Number(match[1]));
    expect(counts).toHaveLength(3);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(20_000);
    for (const count of counts) expect(count).toBeGreaterThan(6_300);

    const [works, fails] = text.split('The page with the red button fails in old browsers:') as [string, string];
    expect(works).toContain('checkout-button-color: purchase of 20,000 users, shown first at 2026-03-02T00:00:00.000Z');
    for (const [i, color] of ['blue', 'green', 'red'].entries()) {
      const users = counts[i]!.toLocaleString('en-US');
      expect(works).toMatch(new RegExp(`^${color} +${users} +3[234]\\.\\d % +33\\.3 % +\\d+ +\\d+\\.\\d\\d % `, 'm'));
    }
    expect(works).toContain('split: as meant (');
    expect(works).toContain('result: green wins: significantly better than blue, the control\n');
    expect(works).not.toContain('left out');

    expect(fails).toMatch(/^red .* 0\.0\d{3}$/m);
    expect(fails).toContain('split: BROKEN. The split itself is broken: do not trust the result (');
    expect(fails).toContain('result: none, ');
    expect(fails).not.toContain('wins');

    // what the docs show is what it prints
    const docs = readFileSync(`${root}docs/experiments.md`, 'utf8');
    expect(docs).toContain(works.slice(works.indexOf('checkout-button-color: '), works.indexOf('\nevents: ')).trim());
    expect(docs).toContain(/^split: BROKEN.*$/m.exec(fails)![0]);

    const chart = /^chart: {2}(.+\.svg)$/m.exec(text)![1]!;
    expect(readFileSync(chart, 'utf8')).toContain('<title>checkout-button-color: purchase by variant</title>');
    rmSync(dirname(chart), { recursive: true });
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

  it('swap: flagwright.yaml is edited while an app evaluates, and nothing fails', async () => {
    expect(await output('swap')).toBe(
      lines(
        'flagwright.yaml           answers  new-checkout  page-size  PROVIDER_CONFIGURATION_CHANGED',
        '────────────────────────  ───────  ────────────  ─────────  ─────────────────────────────────────────────',
        'file: features.yaml       file     false         20',
        'memory                    memory   true          20         button-color, limits, new-checkout, page-size',
        'provider: memroy          memory   true          20',
        'file: features.next.yaml  file     false         25         button-color, limits, new-checkout, page-size',
        '',
        'provider: memroy was refused:',
        'the configuration cannot be used:',
        '  ./flagwright.yaml:1:11 error provider: "memroy" is not known; expected one of memory, env, file, postgres, ' +
          'redis, http, launchdarkly, unleash. Hint: did you mean memory?',
        '',
        '10,000 evaluations and more meanwhile; failed: 0',
      ),
    );
  });

  it('swap: names the backends it knows', async () => {
    const env = { ...process.env, FEATURE_PROVIDER: 'http' };
    const failed = await run('node', ['examples/dist/run.js', 'swap'], { cwd: root, env }).catch(
      (thrown: { stderr: string; code: number }) => thrown,
    );
    expect(failed).toMatchObject({ code: 2, stderr: expect.stringContaining('file, memory, postgres, redis') });
  });

  it('launchdarkly: its own answers through OpenFeature, and an edit of them', async () => {
    const flag = (name: string, user: string, value: string, rest: string): string =>
      `${name.padEnd(14)}${user.padEnd(7)}${value.padEnd(7)}${rest}`;
    const answers = (pageSize: string, pageSizeBecause: string): readonly string[] => [
      'flag          user   value  variation  reason           in LaunchDarkly  rule',
      '────────────  ─────  ─────  ─────────  ───────────────  ───────────────  ──────────',
      flag('new-checkout', 'alice', 'true', '1          TARGETING_MATCH  RULE_MATCH       staff'),
      flag('theme', 'alice', 'light', '0          DEFAULT          FALLTHROUGH'),
      flag('page-size', 'alice', pageSize, pageSizeBecause),
      flag('new-checkout', 'bob', 'false', '0          DEFAULT          FALLTHROUGH'),
      flag('theme', 'bob', 'dark', '1          TARGETING_MATCH  RULE_MATCH       paid-plans'),
      flag('page-size', 'bob', pageSize, pageSizeBecause),
      flag('new-checkout', 'carol', 'true', '1          TARGETING_MATCH  TARGET_MATCH'),
      flag('theme', 'carol', 'light', '0          DEFAULT          FALLTHROUGH'),
      flag('page-size', 'carol', pageSize, pageSizeBecause),
    ];
    expect(await output('launchdarkly')).toBe(
      lines(
        ...answers('20', '0          DISABLED         OFF'),
        '',
        'tracked: checkout {"value":99.5,"currency":"EUR"}',
        '',
        'PROVIDER_CONFIGURATION_CHANGED: page-size',
        '',
        ...answers('100', '1          DEFAULT          FALLTHROUGH'),
      ),
    );
  });

  it('unleash: flags and payloads of every type through OpenFeature, and a rollout that stays', async () => {
    const text = await output('unleash');
    const answersFor = (user: string): readonly string[] =>
      text.split('\n').flatMap((line) => (line.includes(`  ${user}  `) ? [line.replace(/ {2,}/g, ' | ')] : []));
    expect(answersFor('alice')).toEqual([
      'new-checkout | alice | false | DEFAULT',
      'old-import | alice | false | DISABLED',
      'button-color | alice | #00ff00 | green | SPLIT',
      'page-size | alice | 20 | small | TARGETING_MATCH',
      'limits | alice | {"requests":100,"window":"60s"} | usual | STATIC',
      'countries | alice | ["DE","FR","IT"] | launched | STATIC',
      'countries | alice | DE, FR, IT | launched | STATIC',
    ]);
    expect(answersFor('bob').slice(0, 4)).toEqual([
      'new-checkout | bob | true | TARGETING_MATCH',
      'old-import | bob | false | DISABLED',
      'button-color | bob | #0000ff | blue | SPLIT',
      'page-size | bob | 100 | large | TARGETING_MATCH',
    ]);
    const on = Number(/30 %: on for (\d+) of 1,000 users\nasked again, for the same users\n/.exec(text)?.[1]);
    expect(on).toBeGreaterThan(250);
    expect(on).toBeLessThan(350);
    expect(text).toMatch(/\nSTALE: flags come from a bootstrap/);
  });

  it('migrate-with-shadow: the difference is found, corrected, and nobody notices the switch', async () => {
    const [shadowed, corrected, switched] = (await output('migrate-with-shadow')).split(/^\d\. .*\n\n/m).slice(1);
    const shadowedBy = 'launchdarkly, shadowed by file (ready) since 2026-01-01T12:00:00.000Z';
    const header = 'flag          compared  value  variant  reason  errors  last mismatch';
    expect(shadowed).toContain(
      lines(
        shadowedBy,
        '600 evaluations, 600 compared, 66 differ, 0 candidate errors, 0 settled, 0 skipped',
        '',
        'not safe to switch',
        '  ✗ values differ: theme',
        '  ! variants differ: theme',
        '  ! reasons differ: theme',
        '',
        header,
      ),
    );
    expect(shadowed).toMatch(/^theme +200 +66 +66 +66 +0 .*"dark" \(1, TARGETING_MATCH\) → .+ \(light, DEFAULT\)$/m);
    expect(corrected).toBe(
      lines(
        shadowedBy,
        '600 evaluations, 600 compared, 0 differ, 0 candidate errors, 0 settled, 0 skipped',
        '',
        'safe to switch',
        '',
        header,
        'new-checkout       200      0        0       0       0',
        'page-size          200      0        0       0       0',
        'theme              200      0        0       0       0',
        '',
      ),
    );
    expect(switched).toBe('of 200 users, 0 are served anything else than before\n');
  });

  it('http-middleware: each user by their flags, and nobody by headers they write', async () => {
    expect(await output('http-middleware')).toBe(
      lines(
        'user     request       status  answer',
        '───────  ────────────  ──────  ───────────────────────────────────',
        'alice    GET /         200     Guten Tag, here is the new checkout',
        'alice    GET /reports  200     the reports',
        'alice    POST /upload  200     5000 bytes, 1000000 are allowed',
        'bob      GET /         200     Hello, here is the old checkout',
        'bob      GET /reports  404     Not Found',
        'bob      POST /upload  413     5000 bytes, 1000 are allowed',
        'mallory  GET /         200     Hello, here is the old checkout',
        'mallory  GET /reports  404     Not Found',
        'mallory  POST /upload  413     5000 bytes, 1000 are allowed',
        '',
        'what is known of mallory: {"ip":"127.0.0.1"}',
      ),
    );
  });

  it('grpc: each user by their flags, in calls of all four types', async () => {
    const answers = (await output('grpc'))
      .split('\n')
      .slice(2)
      .map((line) => line.replace(/ {2,}/g, ' | '));
    expect(answers).toEqual([
      'alice | Price (unary) | lamp: 40 EUR',
      'alice | Total (client stream) | 80 EUR',
      'alice | List (server stream) | article 1 of 4, article 2 of 4, article 3 of 4, article 4 of 4',
      'alice | Chat (both ways) | a review of the lamp, in EUR, a review of the chair, in EUR',
      'bob | Price (unary) | lamp: 40 USD',
      'bob | Total (client stream) | 80 USD',
      'bob | List (server stream) | article 1 of 2, article 2 of 2',
      'bob | Chat (both ways) | UNIMPLEMENTED: not available',
      'carol | Price (unary) | lamp: 40 EUR',
      'carol | Total (client stream) | 80 EUR',
      'carol | List (server stream) | article 1 of 2, article 2 of 2',
      'carol | Chat (both ways) | UNIMPLEMENTED: not available',
      '',
    ]);
  });

  it('control-plane: one asks, another applies, and both applications see it', async () => {
    const answers = (bob: string): readonly string[] => [
      'user             by its own  by OFREP',
      '───────────────  ──────────  ────────',
      'alice (premium)  true        true',
      `bob (free)       ${bob}`,
      '',
    ];
    // its database is made first, which takes a slow machine long
    expect(await output('control-plane', 110_000)).toBe(
      lines(
        ...answers('false       false'),
        'ann: 409 PROTECTED: stage "production" takes changes of flag "new-checkout" by change request only',
        'ann asks for cr-1:',
        '  the default changes from off to on',
        '  where user-tier is not "premium": 100 % move from off to on',
        '  nobody else is affected',
        'ann: 403 FORBIDDEN: "ann" has asked for change request "cr-1", and may not apply it: stage "production" takes a second approver',
        'ben applies it: new-checkout has changed',
        '',
        ...answers('true        true'),
        'change  by           because',
        '──────  ───────────  ─────────────',
        'apply   ben          go',
        'create  first-admin  premium first',
      ),
    );
  }, 120_000);

  it('emergency: flagctl switches a flag off past the protection, and the application sees it', async () => {
    const text = await output('emergency', 110_000);
    const said = text.split('\n').filter((line) => /^(?:Error|the application|\d+ .*forced)/.test(line));
    expect(said).toEqual([
      'the application: new-checkout is true',
      'Error: stage "production" takes changes of flag "new-checkout" by change request only',
      'the application: new-checkout is false',
      expect.stringMatching(/^\d+ +\d+[sm] ago +first-admin +update \(forced\) +INC-7: payments fail$/),
    ]);
  }, 120_000);

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
