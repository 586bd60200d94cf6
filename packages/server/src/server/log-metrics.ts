import type { Logger } from '../http/log.ts';
import type { Metrics } from '../http/metrics.ts';

/** Counts the lines that the log has lost, if it knows. */
export function logMetrics(metrics: Metrics, { dropped }: Logger): void {
  if (dropped === undefined) return;
  const lost = metrics.counter({
    name: 'flagwright_log_lines_dropped_total',
    help: 'Lines of the log that could not be written.',
  });
  let counted = 0;
  metrics.collect(() => {
    const now = dropped();
    lost.add({}, now - counted);
    counted = now;
  });
}
