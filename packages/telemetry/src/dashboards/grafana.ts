import { FlagError, preview } from '@flagwright/core';
import { DEFAULT_NAMESPACE } from '../metrics/table.ts';
import type { GrafanaDashboard, GrafanaPanel, GrafanaRow } from './grafana-json.ts';
import { namesUnder } from './names.ts';
import { DATASOURCE, drawPanel } from './panel.ts';
import { rowsOf } from './panels.ts';
import { spanOf, spanText } from './span.ts';

/** The newest version of Grafana's JSON that is known here (Grafana 12 and 13); newer ones convert it. */
const SCHEMA_VERSION = 42;

/** Options of `grafanaDashboard`. */
export interface DashboardOptions {
  /** Where the names of the metrics begin. Default: `feature_flags`. */
  readonly namespace?: string | undefined;
  /** Default: `Feature flags`, and the namespace if it is another one. */
  readonly title?: string | undefined;
  /** By which Grafana knows the dashboard, in addresses too: at most 40 of `A–Z a–z 0–9 _ -`. Default: of the namespace. */
  readonly uid?: string | undefined;
  /** Over how long the panels look that show what alerts see; give the rules the same. Default: `5m`. */
  readonly window?: string | undefined;
}

const [COLUMNS, HEIGHT] = [24, 8];

/**
 * A dashboard to import into Grafana (`JSON.stringify` it), of all that is measured under a namespace. It asks for the
 * Prometheus at its top, where it can also be narrowed to one application by labels. Throws
 * `FlagError('INVALID_ARGUMENT')` for options that Grafana or Prometheus would refuse.
 */
export function grafanaDashboard(options: DashboardOptions = {}): GrafanaDashboard {
  const { namespace = DEFAULT_NAMESPACE, window = '5m' } = options;
  const names = namesUnder(namespace);
  const { title = titleOf(namespace), uid = uidOf(namespace) } = options;
  if (typeof title !== 'string' || title.trim() === '') {
    throw new FlagError('INVALID_ARGUMENT', `the title of a dashboard is ${preview(title)}; expected text`);
  }
  if (typeof uid !== 'string' || !/^[\w-]{1,40}$/.test(uid)) {
    const expected = '1 to 40 letters, digits, "_" and "-"';
    throw new FlagError('INVALID_ARGUMENT', `the uid of a dashboard is ${preview(uid)}; expected ${expected}`);
  }

  const panels: (GrafanaRow | GrafanaPanel)[] = [];
  let y = 0;
  for (const row of rowsOf(names, spanText(spanOf(window, 'the window of a dashboard')))) {
    const gridPos = { x: 0, y, w: COLUMNS, h: 1 };
    panels.push({ type: 'row', id: panels.length + 1, title: row.title, gridPos, collapsed: false, panels: [] });
    const width = COLUMNS / row.panels.length;
    for (const [index, content] of row.panels.entries()) {
      panels.push(drawPanel(content, panels.length + 1, { x: index * width, y: y + 1, w: width, h: HEIGHT }));
    }
    y += 1 + HEIGHT;
  }

  return {
    id: null,
    uid,
    title,
    description: `What feature flags do, by the metrics that begin with ${namespace}_.`,
    tags: ['feature-flags'],
    schemaVersion: SCHEMA_VERSION,
    editable: true,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    timezone: '',
    annotations: { list: [] },
    links: [],
    templating: {
      list: [
        { type: 'datasource', name: 'datasource', label: 'Prometheus', query: 'prometheus', refresh: 1 },
        {
          type: 'adhoc',
          name: 'filters',
          label: 'Only where',
          datasource: DATASOURCE,
          filters: [],
        },
      ],
    },
    panels,
  };
}

function titleOf(namespace: string): string {
  return namespace === DEFAULT_NAMESPACE ? 'Feature flags' : `Feature flags (${namespace})`;
}

/** Of a namespace that is too long, the end, which is what tells it from others. */
function uidOf(namespace: string): string {
  return `flags-${namespace.replaceAll(':', '-').slice(-34)}`;
}
