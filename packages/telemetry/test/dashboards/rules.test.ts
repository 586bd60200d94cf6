import { describe, expect, it } from 'vitest';
import { prometheusRules, prometheusRuleTests } from '../../src/dashboards/index.ts';
import { yamlText } from '../../src/dashboards/yaml.ts';

/** What a line says of each alert, by its name: `for`, say. */
function saidBy(text: string, word: string): Record<string, string> {
  const said: Record<string, string> = {};
  let alert = '';
  for (const line of text.split('\n')) {
    alert = /^ +- alert: (\w+)$/.exec(line)?.[1] ?? alert;
    const value = new RegExp(`^ +${word}: (.+)$`).exec(line)?.[1];
    if (value !== undefined) said[alert] = value;
  }
  return said;
}

describe('prometheusRules', () => {
  it('has the alerts that are asked for', () => {
    const text = prometheusRules();
    expect(text).toContain('  - name: feature_flags\n');
    expect(saidBy(text, 'for')).toEqual({
      FeatureFlagHighErrorRate: '5m',
      FeatureFlagHighLatency: '5m',
      FeatureFlagProviderDown: '1m',
      FeatureFlagLowCacheHitRate: '10m',
    });
    expect(saidBy(text, 'severity')).toEqual({
      FeatureFlagHighErrorRate: 'warning',
      FeatureFlagHighLatency: 'warning',
      FeatureFlagProviderDown: 'critical',
      FeatureFlagLowCacheHitRate: 'warning',
    });
    expect(saidBy(text, 'summary')).toEqual({
      FeatureFlagHighErrorRate: '"Feature flag error rate above 1%"',
      FeatureFlagHighLatency: '"Feature flag P99 latency above 100ms"',
      FeatureFlagProviderDown: '"Feature flag provider experiencing errors"',
      FeatureFlagLowCacheHitRate: '"Feature flag cache hit rate below 80%"',
    });
    expect(saidBy(text, 'description')).toEqual({
      FeatureFlagHighErrorRate: '"Error rate is {{ $value | humanizePercentage }}"',
      FeatureFlagHighLatency: '"P99 latency is {{ $value | humanizeDuration }}"',
    });
  });

  it('takes a namespace, a window and holds', () => {
    const options = { namespace: 'myapp_feature_flags', window: '10s', hold: { FeatureFlagProviderDown: '0s' } };
    const text = prometheusRules(options);
    expect(text).not.toMatch(/(?<!myapp_)feature_flags_/);
    expect(text).not.toContain('[5m]');
    expect(text).toContain('increase(myapp_feature_flags_provider_errors_total[10s])');
    expect(saidBy(text, 'for')).toMatchObject({ FeatureFlagProviderDown: '0s', FeatureFlagHighLatency: '5m' });
    expect(prometheusRuleTests(options)).not.toMatch(/(?<!myapp_)feature_flags_/);
  });

  it.each([
    [{ namespace: 'my-app' }],
    [{ namespace: 'x\n  - alert: y' }],
    [{ window: '500ms' }],
    [{ window: 'soon' }],
    [{ hold: { FeatureFlagProviderDown: 'soon' } }],
    [{ hold: { FeatureFlagDown: '1m' } as never }],
    [{ hold: { ['__proto__']: '1m', constructor: '1m' } as never }],
    [{ hold: null as never }],
    [{ hold: '1m' as never }],
  ])('refuses %j', (options) => {
    const refusal = expect.objectContaining({ code: 'INVALID_ARGUMENT' });
    expect(() => prometheusRules(options)).toThrowError(refusal);
    expect(() => prometheusRuleTests(options)).toThrowError(refusal);
  });
});

describe('yamlText', () => {
  it('writes lists, objects and texts so that they are read as what they are', () => {
    expect(
      yamlText({
        list: [{ a: 'word', b: '5m', c: 5 }, 'no', 'null', '1e3', ''],
        text: ['it says: "yes"', `it's: "no"`, 'a: b # c', 'é\u0085', '$x\\y'],
        lines: { kept: 'one\n  two\n\nthree', quoted: [' one\ntwo', 'one\ntwo\n', 'one\r\ntwo'] },
        none: [],
        nothing: {},
      }),
    ).toBe(`list:
  - a: word
    b: 5m
    c: 5
  - "no"
  - "null"
  - "1e3"
  - ""
text:
  - 'it says: "yes"'
  - "it's: \\"no\\""
  - "a: b # c"
  - "é\u0085"
  - "$x\\\\y"
lines:
  kept: |-
    one
      two

    three
  quoted:
    - " one\\ntwo"
    - "one\\ntwo\\n"
    - "one\\r\\ntwo"
none: []
nothing: {}
`);
  });
});
