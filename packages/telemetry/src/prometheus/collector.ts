import type { Aggregator, Metric } from 'prom-client';
import type { Family, HistogramFamily, Labels } from '../metrics/family.ts';

/** One line of what prom-client shows. */
interface Line {
  readonly labels: Record<string, string | number>;
  readonly value: number;
  /** Its name, if it is not the metric's. */
  readonly metricName?: string;
  /** More labels; prom-client remembers what it made of the object. */
  readonly sharedLabels?: Labels;
}

/** One metric as prom-client's registries ask for it, at each collection. */
export function collectorOf(family: Family, aggregator: Aggregator): Metric {
  const { name, help, type } = family;
  // A registry of OpenMetrics names a counter anew before each collection, without `_total`, which it adds itself. It
  // holds for that collection: another registry may want the whole name.
  let asked: string | undefined;

  function shown(values: readonly Line[]) {
    const said = asked ?? name;
    asked = undefined;
    return { name: said, help, type, aggregator, values };
  }

  const collector = {
    get name() {
      return name;
    },
    set name(wanted: string) {
      asked = wanted;
    },
    help,
    type,
    aggregator,
    labelNames: [...family.labelNames],
    get: async () => shown(linesOf(family).map(({ sharedLabels, ...line }) => withAll(line, sharedLabels))),
    getForPromString: async () => shown(linesOf(family)),
    reset: () => family.reset(),
  };
  // prom-client's types are its classes; what registries use of them is here
  return collector as unknown as Metric;
}

function withAll(line: Line, labels: Labels | undefined): Line {
  return labels === undefined ? line : { ...line, labels: { ...line.labels, ...labels } };
}

function linesOf(family: Family): Line[] {
  if (family.type === 'histogram') return bucketLines(family);
  return family.samples().map(({ labels, value }) => ({ labels: { ...labels }, value }));
}

function bucketLines({ name, bounds, distributions }: HistogramFamily): Line[] {
  return distributions().flatMap(({ labels: sharedLabels, cumulative, sum }) => {
    const line = (suffix: string, value: number, labels: Line['labels'] = {}): Line => ({
      metricName: `${name}_${suffix}`,
      labels,
      sharedLabels,
      value,
    });
    return [
      ...cumulative.map((count, i) => line('bucket', count, { le: bounds[i] ?? '+Inf' })),
      line('sum', sum),
      line('count', cumulative.at(-1)!),
    ];
  });
}
