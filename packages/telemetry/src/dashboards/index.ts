export type { AlertName, RuleOptions } from './alerts.ts';
export { type DashboardOptions, grafanaDashboard } from './grafana.ts';
export type { GrafanaDashboard, GrafanaPanel, GrafanaRow, GrafanaTarget } from './grafana-json.ts';
export { prometheusRuleTests, type RuleTestOptions } from './rule-tests.ts';
export { prometheusRules } from './rules.ts';
