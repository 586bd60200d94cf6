import { ALERTS, type Alert, type AlertName, checkRuleOptions, type RuleOptions, type RuleSettings } from './alerts.ts';
import type { Names } from './names.ts';
import { counter, gauge, type Phase, seriesOf } from './series.ts';
import { spanText } from './span.ts';
import { type Yaml, yamlText } from './yaml.ts';

/** Options of `prometheusRuleTests`: those of the rules it tests. */
export interface RuleTestOptions extends RuleOptions {
  /** The file of the rules, as seen from that of the tests. Default: `feature-flags.rules.yaml`. */
  readonly rules?: string | undefined;
}

/** One application and what happens to it: nothing at first, then it is well, then in trouble, then well again. */
interface Scenario {
  readonly what: string;
  readonly alert: AlertName;
  series(names: Names, phases: (well: number, trouble: number) => readonly Phase[]): Readonly<Record<string, string>>;
  /** What the alert says in the end of the trouble; undefined: it is no trouble of this alert. */
  readonly fires: { readonly labels?: Readonly<Record<string, string>>; readonly description?: string } | undefined;
}

/** What Prometheus adds to the series of an application. */
const APP = { instance: 'app:9464', job: 'app' };
const REDIS = { ...APP, provider: 'redis' };

const SCENARIOS: readonly Scenario[] = [
  {
    what: 'one evaluation in 20 fails, then one in 200',
    alert: 'FeatureFlagHighErrorRate',
    series: (names, phases) => ({
      [seriesOf(names.evaluations, { ...APP, flag_key: '', reason: 'FALLTHROUGH' })]: counter(phases(199, 190)),
      [seriesOf(names.evaluations, { ...APP, flag_key: '', reason: 'ERROR' })]: counter(phases(1, 10)),
      [seriesOf(names.evaluationErrors, { ...APP, flag_key: '', error_type: 'general' })]: counter(phases(1, 10)),
    }),
    fires: { description: 'Error rate is 5%' },
  },
  {
    what: 'evaluations take up to 250 ms, then up to 100 ms',
    alert: 'FeatureFlagHighLatency',
    series: (names, phases) => {
      const bucket = (le: string, values: string) => ({
        [seriesOf(`${names.evaluationDuration}_bucket`, { ...APP, flag_key: '', reason: 'FALLTHROUGH', le })]: values,
      });
      return {
        ...bucket('0.1', counter(phases(100, 0))),
        ...bucket('0.25', counter(phases(100, 100))),
        ...bucket('+Inf', counter(phases(100, 100))),
      };
    },
    fires: { description: 'P99 latency is 248.5ms' },
  },
  {
    what: 'reads fail, then they do not',
    alert: 'FeatureFlagProviderDown',
    series: (names, phases) => ({
      [seriesOf(names.providerErrors, { ...REDIS, operation: 'read', error_type: 'unavailable' })]: counter(
        phases(0, 1),
      ),
      [seriesOf(names.providerErrors, { ...REDIS, operation: 'read', error_type: 'unknown' })]: counter(phases(0, 2)),
      [seriesOf(names.providerUp, REDIS)]: gauge(phases(1, 1)),
    }),
    fires: { labels: REDIS },
  },
  {
    what: 'the provider is down, then up',
    alert: 'FeatureFlagProviderDown',
    series: (names, phases) => ({ [seriesOf(names.providerUp, REDIS)]: gauge(phases(1, 0)) }),
    fires: { labels: REDIS },
  },
  {
    what: 'three answers in ten are from old flags, then one',
    alert: 'FeatureFlagLowCacheHitRate',
    series: (names, phases) => ({
      [seriesOf(names.cacheHits, { ...APP, flag_key: '' })]: counter(phases(90, 70)),
      [seriesOf(names.cacheMisses, { ...APP, flag_key: '' })]: counter(phases(10, 30)),
    }),
    fires: {},
  },
  {
    what: 'nothing was ever a hit, then nothing is evaluated',
    alert: 'FeatureFlagLowCacheHitRate',
    series: (names, phases) => ({
      [seriesOf(names.cacheMisses, { ...APP, flag_key: '' })]: counter(phases(0, 100)),
    }),
    fires: {},
  },
  {
    what: 'nothing is cached',
    alert: 'FeatureFlagLowCacheHitRate',
    series: (names, phases) => ({
      [seriesOf(names.evaluations, { ...APP, flag_key: '', reason: 'FALLTHROUGH' })]: counter(phases(100, 100)),
    }),
    fires: undefined,
  },
];

/**
 * The text of a file of tests for `promtool test rules`, which shows that each alert of `prometheusRules`, called with
 * the same options, waits, fires and is resolved, and that none is raised while nothing happens. Throws like it.
 */
export function prometheusRuleTests(options: RuleTestOptions = {}): string {
  const { rules = 'feature-flags.rules.yaml' } = options;
  const settings = checkRuleOptions(options);
  const file = {
    rule_files: [rules],
    evaluation_interval: spanText(stepOf(settings)),
    tests: SCENARIOS.map((scenario) => testOf(scenario, settings)),
  };
  return `# Made by prometheusRuleTests() of @flagwright/telemetry/dashboards, for: promtool test rules <this file>
${yamlText(file)}`;
}

/** How many steps a window has. */
const WINDOW = 5;

function stepOf({ window }: RuleSettings): number {
  return Math.floor(window / WINDOW);
}

function testOf({ what, alert: name, series, fires }: Scenario, settings: RuleSettings): Yaml {
  const alert = ALERTS.find((one) => one.name === name)!;
  const step = stepOf(settings);
  const hold = Math.ceil(settings.hold(alert) / step);
  // how many steps each phase takes: until nothing of the one before is in the window
  const [idle, well, trouble, after] = [WINDOW + 1, 2 * WINDOW, hold + WINDOW + 3, WINDOW + 2];
  const begins = idle + well;
  const ends = begins + trouble;

  // a counter stands still while nothing happens, and a gauge is what it is while all is well
  const phases = (inWell: number, inTrouble: number): readonly Phase[] => [
    [well, inWell],
    [trouble, inTrouble],
    [after, inWell],
  ];
  const inputs = Object.entries(series(settings.names, phases)).map(([name, values]) => ({
    series: name,
    values: withIdle(values, idle),
  }));

  const at = (steps: number, expected: readonly Yaml[]): Yaml => ({
    eval_time: spanText(steps * step),
    alertname: name,
    exp_alerts: expected,
  });
  return {
    name: `${name}: ${what}`,
    interval: spanText(step),
    input_series: inputs,
    alert_rule_test: [
      at(idle, []),
      at(begins, []),
      // the trouble is seen one step later at the earliest
      at(begins + hold, []),
      at(ends, fires === undefined ? [] : [expectedOf(alert, fires)]),
      at(ends + after, []),
    ],
  };
}

/** The same series after a time in which nothing happens. */
function withIdle(values: string, steps: number): string {
  const [first, ...rest] = values.split(' ');
  return [`${first}+0x${steps}`, ...rest].join(' ');
}

function expectedOf(alert: Alert, { labels = {}, description }: NonNullable<Scenario['fires']>): Yaml {
  return {
    exp_labels: { severity: alert.severity, ...labels },
    exp_annotations: { ...alert.annotations, ...(description === undefined ? {} : { description }) },
  };
}
