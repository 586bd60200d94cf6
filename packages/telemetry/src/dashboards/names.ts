import { checkMetricsOptions } from '../metrics/options.ts';
import { METRICS, type MetricName } from '../metrics/table.ts';

/** The full names of the metrics: of a histogram, that to which `_bucket` and `_count` are added. */
export type Names = Readonly<Record<MetricName, string>>;

/** The names under a namespace. Throws `FlagError('INVALID_ARGUMENT')` for one that metrics would refuse. */
export function namesUnder(namespace: string | undefined): Names {
  const { namespace: checked } = checkMetricsOptions({ namespace });
  const named = Object.entries(METRICS).map(([key, { name }]) => [key, `${checked}_${name}`]);
  return Object.fromEntries(named) as Names;
}
