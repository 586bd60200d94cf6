import { prometheusRules } from '@flagwright/telemetry/dashboards';
import { type PrometheusServer, startPrometheus } from '@flagwright/test-servers';
import { NAMESPACE } from './app.js';

/** A Prometheus that reads the app's metrics every second and knows the alerts; undefined if none can be started here. */
export async function watchedBy(port: number): Promise<PrometheusServer | undefined> {
  try {
    return await startPrometheus({
      targets: [`127.0.0.1:${port}`],
      rules: prometheusRules({ namespace: NAMESPACE }),
    });
  } catch (error) {
    console.log(`no Prometheus: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}

/** What graphs an expression: the page of Prometheus. */
export function graphOf({ url }: PrometheusServer, expression: string): string {
  return `${url}/graph?g0.tab=0&g0.range_input=5m&g0.expr=${encodeURIComponent(expression)}`;
}

/** What an expression yields, as soon as it yields something. */
export async function answerOf(prometheus: PrometheusServer, expression: string): Promise<string> {
  for (;;) {
    const samples = await prometheus.query(expression);
    if (samples.length > 0) {
      return samples.map(({ labels, value }) => `${labels.flag_key} ${value.toFixed(1)}`).join('\n');
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
