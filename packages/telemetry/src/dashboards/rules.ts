import { ALERTS, checkRuleOptions, exprOf, type RuleOptions } from './alerts.ts';
import { spanText } from './span.ts';
import { yamlText } from './yaml.ts';

/**
 * The text of a file of rules for Prometheus: the group `feature_flags` with the four alerts. Each is resolved when its
 * cause is over, and none is raised by an application that evaluates nothing, or whose flags are no copy. Throws
 * `FlagError('INVALID_ARGUMENT')` for options of which no rules can be made.
 */
export function prometheusRules(options: RuleOptions = {}): string {
  const settings = checkRuleOptions(options);
  const rules = ALERTS.map((alert) => ({
    alert: alert.name,
    expr: exprOf(alert, settings),
    for: spanText(settings.hold(alert)),
    labels: { severity: alert.severity },
    annotations: alert.annotations,
  }));
  return `# Made by prometheusRules() of @flagwright/telemetry/dashboards; see docs/dashboards.md.
${yamlText({ groups: [{ name: 'feature_flags', rules }] })}`;
}
