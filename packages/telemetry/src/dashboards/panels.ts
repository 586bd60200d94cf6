import type { Names } from './names.ts';
import {
  cacheHitRatio,
  errorRatio,
  evaluationLatency,
  mostEvaluated,
  providerLatency,
  rateOf,
  unlessNothing,
} from './queries.ts';

/** One query of a panel. */
export interface PanelQuery {
  readonly expr: string;
  /** What the legend calls each of its series: `{{provider}}` stands for a label. */
  readonly legend: string;
  /** Grafana's unit, if it is not the panel's. */
  readonly unit?: string;
  /** The words for values: connected, say, for 1. */
  readonly words?: Readonly<Record<number, { readonly text: string; readonly color: string }>>;
}

/** What a panel shows. */
export interface PanelContent {
  readonly title: string;
  readonly look: 'lines' | 'stack' | 'heatmap' | 'bars' | 'numbers';
  readonly description: string;
  /** Grafana's unit. */
  readonly unit: string;
  readonly queries: readonly PanelQuery[];
  readonly max?: number;
  /** Where an alert begins: above the line or, if that is said, below it. */
  readonly limit?: { readonly value: number; readonly below?: boolean };
}

/** Panels side by side, under a heading. */
export interface RowContent {
  readonly title: string;
  readonly panels: readonly PanelContent[];
}

const PER_FLAG = 'Needs FEATURE_METRICS_PER_FLAG=true; without it there is one nameless entry for all flags together.';
const CACHED = 'Empty where flags are no copy: of memory, files and environment variables.';

/** As long as Grafana finds right for the resolution of the panel. */
const OVER = '$__rate_interval';

/** The rows of the dashboard, from the top. `window`: over which the panels look that show what alerts see. */
export function rowsOf(names: Names, window: string): readonly RowContent[] {
  return [
    { title: 'Evaluation Performance', panels: evaluationPanels(names, window) },
    { title: 'Cache Efficiency', panels: cachePanels(names, window) },
    { title: 'Provider Health', panels: providerPanels(names, window) },
    { title: 'Flag Activity', panels: activityPanels(names) },
  ];
}

function evaluationPanels(names: Names, window: string): readonly PanelContent[] {
  return [
    {
      title: 'Evaluation latency (p50, p95, p99)',
      look: 'lines',
      description: 'How long evaluations take. The dashed line is where FeatureFlagHighLatency begins, for the p99.',
      unit: 's',
      limit: { value: 0.1 },
      queries: [0.5, 0.95, 0.99].map((part) => ({
        expr: unlessNothing(evaluationLatency(names, part, window)),
        legend: `p${part * 100}`,
      })),
    },
    {
      title: 'Evaluations per second by flag',
      look: 'lines',
      description: `Evaluations, errors among them. ${PER_FLAG}`,
      unit: 'ops',
      queries: [{ expr: rateOf(names.evaluations, OVER, 'flag_key'), legend: '{{flag_key}}' }],
    },
    {
      title: 'Error rate trend',
      look: 'lines',
      description:
        "The part of evaluations that failed and served the caller's default. The dashed line is where " +
        'FeatureFlagHighErrorRate begins. Empty while nothing is evaluated.',
      unit: 'percent',
      limit: { value: 1 },
      queries: [{ expr: `${errorRatio(names, window)} * 100`, legend: 'errors' }],
    },
  ];
}

function cachePanels(names: Names, window: string): readonly PanelContent[] {
  return [
    {
      title: 'Cache hit ratio over time',
      look: 'lines',
      description:
        'The part of evaluations that were answered from flags known to be fresh. The dashed line is where ' +
        `FeatureFlagLowCacheHitRate begins. ${CACHED}`,
      unit: 'percent',
      max: 100,
      limit: { value: 80, below: true },
      queries: [{ expr: `${cacheHitRatio(names, window)} * 100`, legend: 'hits' }],
    },
    {
      title: 'Cache size vs capacity',
      look: 'lines',
      description: `Flags held in the process that holds most, and how many it can hold; 0 if there is no limit. ${CACHED}`,
      unit: 'short',
      queries: [
        { expr: `max(${names.cacheSize})`, legend: 'size' },
        { expr: `max(${names.cacheMaxSize})`, legend: 'capacity (0: no limit)' },
      ],
    },
    {
      title: 'Miss rate by flag',
      look: 'lines',
      description: `Evaluations per second that were answered from flags that may have been out of date. ${CACHED} ${PER_FLAG}`,
      unit: 'ops',
      queries: [{ expr: rateOf(names.cacheMisses, OVER, 'flag_key'), legend: '{{flag_key}}' }],
    },
  ];
}

function providerPanels(names: Names, window: string): readonly PanelContent[] {
  return [
    {
      title: 'Provider latency histogram',
      look: 'heatmap',
      description: 'How many calls of the backend took how long.',
      unit: 's',
      queries: [{ expr: `sum(increase(${names.providerLatency}_bucket[${OVER}])) by (le)`, legend: '{{le}}' }],
    },
    {
      title: 'Provider error rate',
      look: 'lines',
      description:
        'Per second: calls that failed, and losses that the client of a vendor told. Any of them begins ' +
        'FeatureFlagProviderDown.',
      unit: 'ops',
      queries: [
        {
          expr: rateOf(names.providerErrors, window, 'provider, error_type'),
          legend: '{{provider}} {{error_type}}',
        },
      ],
    },
    {
      title: 'Connection status',
      look: 'numbers',
      description:
        'Of each backend, in the process that is worst off: whether the last call was good, how old the flags are, and ' +
        'how long calls take.',
      unit: 's',
      queries: [
        {
          expr: `min(${names.providerUp}) by (provider)`,
          legend: '{{provider}}',
          unit: 'none',
          words: { 0: { text: 'down', color: 'red' }, 1: { text: 'connected', color: 'green' } },
        },
        { expr: `time() - min(${names.lastRefresh}) by (provider)`, legend: '{{provider}}: age of flags' },
        { expr: unlessNothing(providerLatency(names, 0.95, window)), legend: '{{provider}}: p95 of calls' },
      ],
    },
  ];
}

function activityPanels(names: Names): readonly PanelContent[] {
  return [
    {
      title: 'Active vs inactive flags',
      look: 'stack',
      description: 'Flags that are enabled, and flags that are not.',
      unit: 'short',
      queries: [
        { expr: `max(${names.activeFlags})`, legend: 'active' },
        { expr: `max(${names.flags} - ${names.activeFlags})`, legend: 'inactive' },
      ],
    },
    {
      title: 'Most evaluated flags (top 10)',
      look: 'bars',
      description: `Evaluations per second in the last hour. ${PER_FLAG}`,
      unit: 'ops',
      queries: [{ expr: mostEvaluated(names, 10, '1h'), legend: '{{flag_key}}' }],
    },
    {
      title: 'Evaluation breakdown by reason',
      look: 'stack',
      description: 'Evaluations per second by what decided: FALLTHROUGH, RULE_MATCH, OFF, ERROR, ….',
      unit: 'ops',
      queries: [{ expr: rateOf(names.evaluations, OVER, 'reason'), legend: '{{reason}}' }],
    },
  ];
}
