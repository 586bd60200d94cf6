/** A dashboard in Grafana's own form, as it is imported; only what programs may want to look at is typed. */
export interface GrafanaDashboard {
  readonly [property: string]: unknown;
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly panels: readonly (GrafanaRow | GrafanaPanel)[];
}

/** A heading above panels. */
export interface GrafanaRow {
  readonly [property: string]: unknown;
  readonly type: 'row';
  readonly id: number;
  readonly title: string;
}

/** A panel with its queries. */
export interface GrafanaPanel {
  readonly [property: string]: unknown;
  readonly type: 'timeseries' | 'heatmap' | 'bargauge' | 'stat';
  readonly id: number;
  readonly title: string;
  readonly description: string;
  readonly targets: readonly GrafanaTarget[];
}

/** One query of a panel, in PromQL. */
export interface GrafanaTarget {
  readonly [property: string]: unknown;
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string;
}
