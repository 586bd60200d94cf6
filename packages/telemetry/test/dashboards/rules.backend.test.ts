import { readFileSync } from 'node:fs';
import { promtool } from '@flagwright/test-servers';
import { describe, expect, it } from 'vitest';
import { prometheusRules, prometheusRuleTests, type RuleOptions } from '../../src/dashboards/index.ts';

// The rules as Prometheus itself reads and runs them.

const RULES = 'feature-flags.rules.yaml';
const TESTS = 'feature-flags.rules.test.yaml';

const shipped = (name: string): string => readFileSync(new URL(`../../dashboards/${name}`, import.meta.url), 'utf8');

const check = (rules: string): Promise<string> => promtool(['check', 'rules', RULES], { [RULES]: rules });

const test = (rules: string, tests: string): Promise<string> =>
  promtool(['test', 'rules', TESTS], { [RULES]: rules, [TESTS]: tests });

describe('the rules that are shipped', () => {
  it('are good', async () => {
    expect(await check(shipped(RULES))).toContain('4 rules found');
  });

  it('fire and are resolved, each of them', async () => {
    expect(await test(shipped(RULES), shipped(TESTS))).toContain('SUCCESS');
  });

  const seedHitRate = `sum(rate(feature_flags_cache_hits_total[5m]))
          / (sum(rate(feature_flags_cache_hits_total[5m])) + sum(rate(feature_flags_cache_misses_total[5m]))) < 0.8`;

  it.each([
    ['FeatureFlagHighErrorRate', 'that is deaf', /> 0\.01$/m, '> 0.1'],
    ['FeatureFlagHighErrorRate', 'that always fires', / > 0\) > 0\.01$/m, ' > 0) > -1'],
    ['FeatureFlagHighErrorRate', 'without patience', /for: 5m/, 'for: 0s'],
    ['FeatureFlagHighLatency', 'that begins early', /> 0\.1$/m, '> 0.01'],
    ['FeatureFlagHighLatency', 'of the median', /histogram_quantile\(0\.99/, 'histogram_quantile(0.5'],
    ['FeatureFlagHighLatency', 'without its description', /^ +description: "P99.*\n/m, ''],
    [
      'FeatureFlagProviderDown',
      'that is never resolved',
      /sum without.* > 0\n.*== 0$/m,
      'feature_flags_provider_errors_total > 0',
    ],
    ['FeatureFlagProviderDown', 'that sees no errors', /sum without.* > 0\n +or /m, ''],
    ['FeatureFlagProviderDown', 'that sees errors only', /\n +or feature_flags_provider_up == 0$/m, ''],
    ['FeatureFlagProviderDown', 'for each type of error', /sum without \(operation, error_type\) /, ''],
    ['FeatureFlagProviderDown', 'that is not critical', /severity: critical/, 'severity: warning'],
    [
      'FeatureFlagLowCacheHitRate',
      'that needs hits',
      /\(sum\(rate\(feature_flags_cache_hits.*\n.*< 0\.8$/m,
      seedHitRate,
    ],
    ['FeatureFlagLowCacheHitRate', 'that is deaf', /< 0\.8$/m, '< 0.5'],
    ['FeatureFlagLowCacheHitRate', 'without patience', /for: 10m/, 'for: 5m'],
  ])('%s %s is found out', async (alert, _, from, to) => {
    const mutant = shipped(RULES).replace(from, to);
    expect(mutant).not.toBe(shipped(RULES));
    expect(await check(mutant)).toContain('4 rules found');
    const failure = await test(mutant, shipped(TESTS)).then(() => 'no failure', String);
    expect(failure).toContain('FAILED');
    expect(failure).toMatch(new RegExp(`alertname: ${alert}`));
  });
});

it.each<RuleOptions>([
  { namespace: 'myapp_feature_flags' },
  { namespace: 'a:b_C9', window: '10s', hold: { FeatureFlagProviderDown: '0s', FeatureFlagHighLatency: '7s' } },
  { window: '1h', hold: { FeatureFlagLowCacheHitRate: '30s', FeatureFlagHighErrorRate: '1h30m' } },
  { window: '1.234s', hold: { FeatureFlagLowCacheHitRate: '1ms' } },
])('rules and tests of %j fit together', async (options) => {
  const rules = prometheusRules(options);
  expect(await check(rules)).toContain('4 rules found');
  expect(await test(rules, prometheusRuleTests(options))).toContain('SUCCESS');
});
