import { FlagError, preview } from '@flagwright/core';

/** Values of labels, by name. */
export type Labels = Readonly<Record<string, string>>;

/** A number that only grows; its name ends in `_total`. */
export interface Counter {
  add(labels?: Labels, by?: number): void;
}

/** A number as it is now. */
export interface Gauge {
  set(value: number, labels?: Labels): void;
  add(by: number, labels?: Labels): void;
}

/** How numbers are distributed. */
export interface Histogram {
  observe(value: number, labels?: Labels): void;
}

/** What a metric is called, in base units, and what of its labels. */
export interface MetricOptions {
  readonly name: string;
  readonly help: string;
  /** The names of its labels. Default: none. */
  readonly labels?: readonly string[] | undefined;
}

/** Metrics of a process, which Prometheus reads. Throws `FlagError('INVALID_ARGUMENT')` for names that it would not. */
export interface Metrics {
  counter(options: MetricOptions): Counter;
  gauge(options: MetricOptions): Gauge;
  /** `buckets`: upper bounds, rising, without the infinite one. */
  histogram(options: MetricOptions & { readonly buckets: readonly number[] }): Histogram;
  /** Called before each reading, to set gauges. What it throws is passed over. */
  collect(look: () => void): void;
  /** In the text format, version 0.0.4. */
  text(): string;
}

/** Of more combinations of labels than this, the rest are counted as one, with `__overflow__` for each label. */
const MOST_SERIES = 1_000;
const OVERFLOW = '__overflow__';

/** The media type of the text format. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

interface Family {
  text(): string;
}

/** A registry of metrics; https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function metricsRegistry(): Metrics {
  const families = new Map<string, Family>();
  const looks: (() => void)[] = [];
  const register = <S>(type: string, options: MetricOptions, make: () => S, write: Write<S>): Series<S> => {
    checkNames(options);
    if (families.has(options.name)) throw wrong(options.name, 'is there twice');
    const made = series(options.labels ?? [], make);
    const head = `# HELP ${options.name} ${escapedHelp(options.help)}\n# TYPE ${options.name} ${type}\n`;
    families.set(options.name, { text: () => head + made.lines((labels, one) => write(options.name, labels, one)) });
    // one without labels is there from the start, so that its first rise is seen
    if (options.labels === undefined) made.of({});
    return made;
  };
  return {
    counter(options) {
      if (!options.name.endsWith('_total')) throw wrong(options.name, 'is of a counter and does not end in _total');
      const cells = register('counter', options, () => ({ value: 0 }), writeCell);
      return {
        add(labels = {}, by = 1) {
          if (by >= 0) cells.of(labels).value += by;
        },
      };
    },
    gauge(options) {
      const cells = register('gauge', options, () => ({ value: 0 }), writeCell);
      return {
        set(value, labels = {}) {
          cells.of(labels).value = value;
        },
        add(by, labels = {}) {
          cells.of(labels).value += by;
        },
      };
    },
    histogram({ buckets, ...options }) {
      const make = (): Distribution => ({ counts: buckets.map(() => 0), sum: 0, count: 0 });
      const cells = register('histogram', options, make, distributionWriter(buckets));
      return {
        observe(value, labels = {}) {
          const cell = cells.of(labels);
          const at = buckets.findIndex((bound) => value <= bound);
          if (at !== -1) cell.counts[at]!++;
          cell.sum += value;
          cell.count++;
        },
      };
    },
    collect: (look) => void looks.push(look),
    text() {
      for (const look of looks) {
        try {
          look();
        } catch {
          // the others are worth reading all the same
        }
      }
      return [...families.values()].map((family) => family.text()).join('');
    },
  };
}

type Write<S> = (name: string, labels: string, cell: S) => string;

interface Distribution {
  readonly counts: number[];
  sum: number;
  count: number;
}

const writeCell: Write<{ readonly value: number }> = (name, labels, { value }) =>
  `${name}${braced(labels)} ${shown(value)}\n`;

function distributionWriter(buckets: readonly number[]): Write<Distribution> {
  return (name, labels, { counts, sum, count }) => {
    let below = 0;
    const rows = buckets.map((bound, i) => {
      below += counts[i]!;
      return `${name}_bucket${braced(joined(labels, `le="${bound}"`))} ${below}\n`;
    });
    const all = `${name}_bucket${braced(joined(labels, 'le="+Inf"'))} ${count}\n`;
    return `${rows.join('')}${all}${name}_sum${braced(labels)} ${shown(sum)}\n${name}_count${braced(labels)} ${count}\n`;
  };
}

interface Series<S> {
  of(labels: Labels): S;
  lines(write: (labels: string, cell: S) => string): string;
}

/** The cells of a metric by the values of its labels. */
function series<S>(names: readonly string[], make: () => S): Series<S> {
  const cells = new Map<string, S>();
  const textOf = (labelOf: (name: string) => string): string =>
    names.map((name) => `${name}="${escapedValue(labelOf(name))}"`).join(',');
  return {
    of(labels) {
      let text = textOf((name) => labels[name] ?? '');
      if (!cells.has(text) && cells.size >= MOST_SERIES) text = textOf(() => OVERFLOW);
      let cell = cells.get(text);
      if (cell === undefined) {
        cell = make();
        cells.set(text, cell);
      }
      return cell;
    },
    lines: (write) => [...cells].map(([labels, cell]) => write(labels, cell)).join(''),
  };
}

const braced = (labels: string): string => (labels === '' ? '' : `{${labels}}`);
const joined = (labels: string, more: string): string => (labels === '' ? more : `${labels},${more}`);

/** As Prometheus reads numbers. */
function shown(value: number): string {
  return String(value).replace('Infinity', 'Inf');
}

function escapedHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function escapedValue(text: string): string {
  return /[\\\n"]/.test(text) ? escapedHelp(text).replaceAll('"', '\\"') : text;
}

function checkNames({ name, labels = [] }: MetricOptions): void {
  if (!/^[a-z][a-z0-9_]*$/.test(name)) throw wrong(name, 'is no name; expected small letters, digits and _');
  for (const label of labels) {
    if (!/^[a-z][a-z0-9_]*$/.test(label) || label === 'le') throw wrong(name, `has a label ${preview(label)}`);
  }
}

function wrong(name: string, why: string): FlagError {
  return new FlagError('INVALID_ARGUMENT', `the metric ${preview(name)} ${why}`);
}
