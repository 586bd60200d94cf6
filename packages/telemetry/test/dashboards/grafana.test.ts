import { describe, expect, it } from 'vitest';
import {
  type GrafanaDashboard,
  type GrafanaPanel,
  type GrafanaRow,
  grafanaDashboard,
} from '../../src/dashboards/index.ts';
import { METRICS } from '../../src/metrics/table.ts';

const isRow = (panel: GrafanaRow | GrafanaPanel): panel is GrafanaRow => panel.type === 'row';

function panelsOf({ panels }: GrafanaDashboard): readonly GrafanaPanel[] {
  return panels.filter((panel) => !isRow(panel));
}

function exprsOf(dashboard: GrafanaDashboard): readonly string[] {
  return panelsOf(dashboard).flatMap(({ targets }) => targets.map(({ expr }) => expr));
}

/** The rows and panels that are asked for. */
const ROWS = {
  'Evaluation Performance': [
    'Evaluation latency (p50, p95, p99)',
    'Evaluations per second by flag',
    'Error rate trend',
  ],
  'Cache Efficiency': ['Cache hit ratio over time', 'Cache size vs capacity', 'Miss rate by flag'],
  'Provider Health': ['Provider latency histogram', 'Provider error rate', 'Connection status'],
  'Flag Activity': ['Active vs inactive flags', 'Most evaluated flags (top 10)', 'Evaluation breakdown by reason'],
};

/** The queries that are asked for. */
const QUERIES = {
  'evaluation latency P99':
    'histogram_quantile(0.99, sum(rate(feature_flags_evaluation_duration_seconds_bucket[5m])) by (le))',
  'error rate':
    'sum(rate(feature_flags_evaluation_errors_total[5m])) / sum(rate(feature_flags_evaluation_total[5m])) * 100',
  'cache hit ratio':
    'sum(rate(feature_flags_cache_hits_total[5m])) / (sum(rate(feature_flags_cache_hits_total[5m])) + ' +
    'sum(rate(feature_flags_cache_misses_total[5m]))) * 100',
  'provider latency P95':
    'histogram_quantile(0.95, sum(rate(feature_flags_provider_latency_seconds_bucket[5m])) by (le, provider))',
  'top 10 most evaluated flags': 'topk(10, sum(rate(feature_flags_evaluation_total[1h])) by (flag_key))',
};

describe('grafanaDashboard', () => {
  it('has the rows and the panels', () => {
    const rows: Record<string, string[]> = {};
    let titles: string[] = [];
    for (const panel of grafanaDashboard().panels) {
      if (isRow(panel)) rows[panel.title] = titles = [];
      else titles.push(panel.title);
    }
    expect(rows).toEqual(ROWS);
  });

  it.each(Object.entries(QUERIES))('asks for %s', (_, query) => {
    // where there is nothing, a guard says so: no NaN, and 0 for what was not counted yet
    const core = (expr: string): string => expr.replaceAll(/or vector\(0\)|>=? 0|[\s()]/g, '');
    expect(exprsOf(grafanaDashboard()).map(core)).toContain(core(query));
  });

  it('is a dashboard that can be imported', () => {
    const dashboard = grafanaDashboard();
    expect(JSON.parse(JSON.stringify(dashboard))).toEqual(dashboard);
    expect(dashboard).toMatchObject({
      id: null,
      uid: 'flags-feature_flags',
      title: 'Feature flags',
      schemaVersion: 42,
    });
    const { panels } = dashboard;
    expect(panels.map(({ id }) => id)).toEqual(panels.map((_, index) => index + 1));
    const cells = new Set<string>();
    for (const { gridPos } of panels) {
      const { x, y, w, h } = gridPos as { x: number; y: number; w: number; h: number };
      expect(x + w).toBeLessThanOrEqual(24);
      for (let i = x; i < x + w; i++) {
        for (let j = y; j < y + h; j++) {
          expect(cells.has(`${i} ${j}`), 'panels do not overlap').toBe(false);
          cells.add(`${i} ${j}`);
        }
      }
    }
    for (const { targets, datasource } of panelsOf(dashboard)) {
      expect(datasource).toEqual({ type: 'prometheus', uid: '$datasource' });
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    }
  });

  it.each(['feature_flags', 'myapp_feature_flags', 'a:b'])('asks for no metric that is not there: %s', (namespace) => {
    const dashboard = grafanaDashboard({ namespace });
    const known = Object.values(METRICS).flatMap(({ name, type }) => {
      const full = `${namespace}_${name}`;
      return type === 'histogram' ? [`${full}_bucket`, `${full}_count`] : [full];
    });
    const words = new Set(exprsOf(dashboard).flatMap((expr) => expr.match(/[a-zA-Z_:][\w:]*/g) ?? []));
    const metrics = [...words].filter((word) => word.includes(namespace));
    expect(metrics.length).toBeGreaterThan(10);
    for (const metric of metrics) expect(known).toContain(metric);
    if (namespace !== 'feature_flags') expect(JSON.stringify(dashboard)).not.toMatch(/(?<!myapp_)feature_flags_/);
  });

  it('says which panels need a count of each flag', () => {
    const needing = panelsOf(grafanaDashboard()).filter(({ description }) =>
      description.includes('FEATURE_METRICS_PER_FLAG=true'),
    );
    const byFlag = panelsOf(grafanaDashboard()).filter(({ targets }) =>
      targets.some(({ expr }) => expr.includes('flag_key')),
    );
    expect(byFlag.map(({ title }) => title)).toEqual([
      ...['Evaluations per second by flag', 'Miss rate by flag', 'Most evaluated flags (top 10)'],
    ]);
    expect(needing).toEqual(byFlag);
  });

  it('takes a title, a uid and a window', () => {
    const dashboard = grafanaDashboard({ title: 'Flags of the shop', uid: 'shop', window: '1m30s' });
    expect(dashboard).toMatchObject({ title: 'Flags of the shop', uid: 'shop' });
    expect(exprsOf(dashboard).join('\n')).toContain('rate(feature_flags_evaluation_errors_total[90s])');
    expect(exprsOf(dashboard).join('\n')).not.toContain('[5m]');
    expect(grafanaDashboard({ namespace: 'myapp_feature_flags' })).toMatchObject({
      title: 'Feature flags (myapp_feature_flags)',
      uid: 'flags-myapp_feature_flags',
    });
    expect(grafanaDashboard({ namespace: `${'a'.repeat(60)}:b` }).uid).toBe(`flags-${'a'.repeat(32)}-b`);
  });

  it.each([
    [{ namespace: '' }],
    [{ namespace: 'my-app' }],
    [{ namespace: '1st' }],
    [{ namespace: 'x_total}) or vector(1) or sum(rate({y' }],
    [{ namespace: 'a\nb' }],
    [{ namespace: 5 as never }],
    [{ title: ' ' }],
    [{ title: 5 as never }],
    [{ uid: '' }],
    [{ uid: 'a/b' }],
    [{ uid: 'a'.repeat(41) }],
    [{ window: '5' }],
    [{ window: '0s' }],
    [{ window: '999ms' }],
    [{ window: '1.0001s' }],
    [{ window: '721h' }],
    [{ window: '5m])) or vector(1' }],
    [{ window: 300 as never }],
  ])('refuses %j', (options) => {
    expect(() => grafanaDashboard(options)).toThrowError(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});
