import type { GrafanaPanel, GrafanaTarget } from './grafana-json.ts';
import type { PanelContent, PanelQuery } from './panels.ts';

/** The data source that the reader chooses at the top of the dashboard. */
export const DATASOURCE: { readonly type: 'prometheus'; readonly uid: string } = {
  type: 'prometheus',
  uid: '$datasource',
};

/** A part of Grafana's JSON. */
type Json = Readonly<Record<string, unknown>>;

const LEGEND: Json = { showLegend: true, displayMode: 'list', placement: 'bottom', calcs: [] };
const TOOLTIP: Json = { mode: 'multi', sort: 'desc' };
const LAST: Json = { calcs: ['lastNotNull'], fields: '', values: false };

/** How each look is made in Grafana. */
const LOOKS: Readonly<Record<PanelContent['look'], (content: PanelContent) => Json & Pick<GrafanaPanel, 'type'>>> = {
  lines: (content) => timeSeries(content, {}),
  stack: (content) => timeSeries(content, { fillOpacity: 30, stacking: { mode: 'normal', group: 'A' } }),
  heatmap: ({ unit }) => ({
    type: 'heatmap',
    fieldConfig: { defaults: {}, overrides: [] },
    options: {
      calculate: false,
      cellGap: 1,
      color: { mode: 'scheme', scheme: 'Blues', fill: 'blue', exponent: 0.5, steps: 64, reverse: false },
      exemplars: { color: 'rgba(255,0,255,0.7)' },
      filterValues: { le: 1e-9 },
      legend: { show: true },
      rowsFrame: { layout: 'auto' },
      showValue: 'never',
      tooltip: { mode: 'single', yHistogram: true },
      yAxis: { axisPlacement: 'left', reverse: false, unit },
    },
  }),
  bars: (content) => ({
    type: 'bargauge',
    fieldConfig: { defaults: { ...defaults(content), color: { mode: 'continuous-BlPu' } }, overrides: [] },
    options: {
      displayMode: 'basic',
      legend: { ...LEGEND, showLegend: false },
      maxVizHeight: 300,
      minVizHeight: 16,
      minVizWidth: 8,
      namePlacement: 'auto',
      orientation: 'horizontal',
      reduceOptions: LAST,
      showUnfilled: true,
      sizing: 'auto',
      valueMode: 'color',
    },
  }),
  numbers: (content) => ({
    type: 'stat',
    fieldConfig: { defaults: defaults(content), overrides: content.queries.flatMap(override) },
    options: {
      colorMode: 'value',
      graphMode: 'none',
      justifyMode: 'auto',
      orientation: 'auto',
      percentChangeColorMode: 'standard',
      reduceOptions: LAST,
      showPercentChange: false,
      textMode: 'value_and_name',
      wideLayout: true,
    },
  }),
};

/** A panel as Grafana has it. */
export function drawPanel(content: PanelContent, id: number, gridPos: Json): GrafanaPanel {
  const { title, description, look, queries } = content;
  return {
    id,
    title,
    description,
    gridPos,
    datasource: DATASOURCE,
    ...LOOKS[look](content),
    targets: queries.map((query, index) => target(query, index, look)),
  };
}

function target({ expr, legend }: PanelQuery, index: number, look: PanelContent['look']): GrafanaTarget {
  // of a number or a bar, only the newest value is asked for
  const instant = look === 'bars' || look === 'numbers';
  return {
    refId: 'ABC'[index]!,
    datasource: DATASOURCE,
    editorMode: 'code',
    expr,
    format: look === 'heatmap' ? 'heatmap' : 'time_series',
    instant,
    range: !instant,
    legendFormat: legend,
  };
}

function timeSeries(content: PanelContent, custom: Json): Json & Pick<GrafanaPanel, 'type'> {
  const { limit } = content;
  const style = limit === undefined ? {} : { thresholdsStyle: { mode: 'dashed' } };
  return {
    type: 'timeseries',
    fieldConfig: {
      defaults: {
        ...defaults(content),
        color: { mode: 'palette-classic' },
        custom: {
          drawStyle: 'line',
          lineWidth: 1,
          fillOpacity: 10,
          showPoints: 'never',
          spanNulls: false,
          ...style,
          ...custom,
        },
      },
      overrides: [],
    },
    options: { legend: LEGEND, tooltip: TOOLTIP },
  };
}

function defaults({ unit, max, limit }: PanelContent): Json {
  const [low, high] = limit?.below === true ? ['red', 'green'] : ['green', 'red'];
  return {
    unit,
    min: 0,
    ...(max === undefined ? {} : { max }),
    thresholds: {
      mode: 'absolute',
      steps: [
        { color: limit === undefined ? 'blue' : low, value: null },
        ...(limit === undefined ? [] : [{ color: high, value: limit.value }]),
      ],
    },
  };
}

/** What one query of a panel has of its own. */
function override({ unit, words }: PanelQuery, index: number): readonly Json[] {
  const properties = [
    ...(unit === undefined ? [] : [{ id: 'unit', value: unit }]),
    ...(words === undefined ? [] : [{ id: 'mappings', value: [{ type: 'value', options: words }] }]),
  ];
  return properties.length === 0 ? [] : [{ matcher: { id: 'byFrameRefID', options: 'ABC'[index] }, properties }];
}
