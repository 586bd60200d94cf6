/** One line of Prometheus' text format. */
export interface Exposed {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Exposition {
  readonly samples: readonly Exposed[];
  /** By the metric's name. */
  readonly types: ReadonlyMap<string, string>;
  readonly helps: ReadonlyMap<string, string>;
}

const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\["\\n])*)"(?:,|$)/y;

/** Reads Prometheus' text format, strictly: throws on a line that is none, and on a time series that is there twice. */
export function parseExposition(text: string): Exposition {
  const samples: Exposed[] = [];
  const types = new Map<string, string>();
  const helps = new Map<string, string>();
  const seen = new Set<string>();
  for (const line of text.split('\n')) {
    if (line === '' || line === '# EOF' || line.startsWith('# UNIT ')) continue;
    const comment = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line);
    if (comment !== null) {
      const [, kind, name, said] = comment;
      const table = kind === 'HELP' ? helps : types;
      if (table.has(name!)) throw new Error(`${kind} of ${name} twice`);
      table.set(name!, said!);
      continue;
    }
    const match = LINE.exec(line);
    if (match === null) throw new Error(`no line of the text format: ${JSON.stringify(line)}`);
    const labels = labelsOf(match[2] ?? '');
    const series = seriesOf(match[1]!, labels);
    if (seen.has(series)) throw new Error(`twice: ${series}`);
    seen.add(series);
    samples.push({ name: match[1]!, labels, value: Number(match[3]!.replace('Inf', 'Infinity')) });
  }
  return { samples, types, helps };
}

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const at = LABEL.lastIndex;
    const match = LABEL.exec(text);
    if (match === null) throw new Error(`no label at ${at} of ${JSON.stringify(text)}`);
    labels[match[1]!] = match[2]!.replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c));
  }
  return labels;
}

/** A time series by name and labels in the order of their names. */
export function seriesOf(name: string, labels: Readonly<Record<string, string>>): string {
  return `${name}${JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))}`;
}

/** Every time series and its value. */
export function seriesIn(text: string): Map<string, number> {
  return new Map(parseExposition(text).samples.map(({ name, labels, value }) => [seriesOf(name, labels), value]));
}
