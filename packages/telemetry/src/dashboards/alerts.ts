import { FlagError, preview } from '@flagwright/core';
import { type Names, namesUnder } from './names.ts';
import { cacheHitRatio, errorRatio, evaluationLatency, providerDown } from './queries.ts';
import { spanOf, spanText } from './span.ts';

/** The alerts by name. */
export type AlertName =
  | 'FeatureFlagHighErrorRate'
  | 'FeatureFlagHighLatency'
  | 'FeatureFlagProviderDown'
  | 'FeatureFlagLowCacheHitRate';

/** Options of `prometheusRules` and `prometheusRuleTests`. */
export interface RuleOptions {
  /** Where the names of the metrics begin. Default: `feature_flags`. */
  readonly namespace?: string | undefined;
  /** Over how long rates are taken, and how long an error of a provider counts. Default: `5m`. */
  readonly window?: string | undefined;
  /** How long something must be so before its alert fires. Default: the error rate and the latency 5m, the provider 1m, the cache 10m. */
  readonly hold?: Readonly<Partial<Record<AlertName, string>>> | undefined;
}

/** An alert before it is written down. */
export interface Alert {
  readonly name: AlertName;
  expr(names: Names, window: string): string;
  /** Default of how long it must be so. */
  readonly hold: string;
  readonly severity: 'warning' | 'critical';
  readonly annotations: Readonly<Record<string, string>>;
}

/** The alerts, in the order in which they are written. */
export const ALERTS: readonly Alert[] = [
  {
    name: 'FeatureFlagHighErrorRate',
    expr: (names, window) => `${errorRatio(names, window)} > 0.01`,
    hold: '5m',
    severity: 'warning',
    annotations: {
      summary: 'Feature flag error rate above 1%',
      description: 'Error rate is {{ $value | humanizePercentage }}',
    },
  },
  {
    name: 'FeatureFlagHighLatency',
    expr: (names, window) => `${evaluationLatency(names, 0.99, window)} > 0.1`,
    hold: '5m',
    severity: 'warning',
    annotations: {
      summary: 'Feature flag P99 latency above 100ms',
      description: 'P99 latency is {{ $value | humanizeDuration }}',
    },
  },
  {
    name: 'FeatureFlagProviderDown',
    expr: providerDown,
    hold: '1m',
    severity: 'critical',
    annotations: { summary: 'Feature flag provider experiencing errors' },
  },
  {
    name: 'FeatureFlagLowCacheHitRate',
    expr: (names, window) => `${cacheHitRatio(names, window)} < 0.8`,
    hold: '10m',
    severity: 'warning',
    annotations: { summary: 'Feature flag cache hit rate below 80%' },
  },
];

/** What options say, checked. Spans in ms. */
export interface RuleSettings {
  readonly names: Names;
  readonly window: number;
  hold(alert: Alert): number;
}

/** Throws `FlagError('INVALID_ARGUMENT')` for options of which no rules can be made. */
export function checkRuleOptions({ namespace, window = '5m', hold = {} }: RuleOptions): RuleSettings {
  const known: readonly string[] = ALERTS.map(({ name }) => name);
  const strange = Object.keys(hold ?? {}).find((name) => !known.includes(name));
  if (hold === null || typeof hold !== 'object' || strange !== undefined) {
    const said = strange === undefined ? `hold is ${preview(hold)}` : `hold names ${preview(strange)}`;
    throw new FlagError('INVALID_ARGUMENT', `${said}; expected spans of time by the names ${known.join(', ')}`);
  }
  const holds = new Map(
    ALERTS.map((alert) => [alert, spanOf(hold[alert.name] ?? alert.hold, `the hold of ${alert.name}`, 0)]),
  );
  return {
    names: namesUnder(namespace),
    window: spanOf(window, 'the window of rules'),
    hold: (alert) => holds.get(alert)!,
  };
}

/** The expression of an alert. */
export function exprOf(alert: Alert, { names, window }: RuleSettings): string {
  return alert.expr(names, spanText(window));
}
