import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { guardedFolder } from './guarded-folder.ts';
import { ensure } from './install.ts';
import { run } from './run.ts';
import { type Server, startServer } from './server.ts';

/** A Prometheus of its own. */
export interface PrometheusServer extends Server {
  /** Where its pages are: `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** What an expression yields now. Throws if Prometheus refuses it. */
  query(expression: string): Promise<readonly PrometheusSample[]>;
  /** The alerts that are pending or firing. */
  alerts(): Promise<readonly PrometheusAlert[]>;
}

/** One time series at one time; a scalar has no labels. */
export interface PrometheusSample {
  readonly labels: Readonly<Record<string, string>>;
  /** NaN and infinity among them. */
  readonly value: number;
}

/** An alert that is pending or firing. */
export interface PrometheusAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
}

/** Settings of `startPrometheus`. */
export interface PrometheusOptions {
  /** Whose `/metrics` it reads: `['127.0.0.1:9464']`. */
  readonly targets: readonly string[];
  /** How often it reads them and looks at its rules, in ms; 1,000 if left out. */
  readonly interval?: number | undefined;
  /** The text of a file of rules. */
  readonly rules?: string | undefined;
  /** A free one if left out. */
  readonly port?: number | undefined;
}

/** Start a Prometheus on 127.0.0.1 with no data. It reads its targets for the first time after 5 s. */
export async function startPrometheus(options: PrometheusOptions): Promise<PrometheusServer> {
  const { targets, interval = 1_000, rules, port = await freePort() } = options;
  const { prometheus } = await ensure('prometheus');
  const folder = guardedFolder('prometheus');
  const file = (name: string): string => join(folder.path, name);
  const every = `${interval}ms`;
  // JSON is YAML
  const configuration = {
    global: { scrape_interval: every, scrape_timeout: every, evaluation_interval: every },
    rule_files: rules === undefined ? [] : [file('rules.yaml')],
    scrape_configs: [{ job_name: 'flags', static_configs: [{ targets }] }],
  };
  await writeFile(file('prometheus.yaml'), JSON.stringify(configuration));
  if (rules !== undefined) await writeFile(file('rules.yaml'), rules);
  const url = `http://127.0.0.1:${port}`;
  const server = await startServer({
    name: 'Prometheus',
    port,
    folder,
    file: prometheus,
    args: [
      `--config.file=${file('prometheus.yaml')}`,
      `--storage.tsdb.path=${file('data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    shutdown: 'SIGTERM',
    ready: () => isReady(url),
  });

  return {
    ...server,
    url,
    async query(expression) {
      const { resultType, result } = await ask<QueryAnswer>(url, `query?query=${encodeURIComponent(expression)}`);
      if (resultType === 'scalar') return [{ labels: {}, value: toNumber(result) }];
      return result.map(({ metric, value }) => ({ labels: metric, value: toNumber(value) }));
    },
    async alerts() {
      return (await ask<{ alerts: readonly PrometheusAlert[] }>(url, 'alerts')).alerts;
    },
  };
}

/**
 * Run the program `promtool` in a folder with files of these names and texts: `promtool(['test', 'rules', 'test.yaml'],
 * { 'test.yaml': … })` answers what it printed. `input` is what it reads from
 * its standard input. Throws with what it printed if it does not end well.
 */
export async function promtool(
  args: readonly string[],
  files: Readonly<Record<string, string>> = {},
  input = '',
): Promise<string> {
  const programs = await ensure('prometheus');
  const folder = await mkdtemp(join(tmpdir(), 'flagwright-promtool-'));
  try {
    await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)));
    return await run(programs.promtool, args, { cwd: folder, input });
  } finally {
    await rm(folder, { recursive: true });
  }
}

type Value = readonly [time: number, value: string];

type QueryAnswer =
  | { readonly resultType: 'scalar'; readonly result: Value }
  | {
      readonly resultType: 'vector';
      readonly result: readonly { readonly metric: Readonly<Record<string, string>>; readonly value: Value }[];
    };

/** As Prometheus writes numbers: `1`, `NaN`, `+Inf`. */
function toNumber([, text]: Value): number {
  return Number(text.replace('Inf', 'Infinity'));
}

async function ask<T>(url: string, path: string): Promise<T> {
  const answer = await fetch(`${url}/api/v1/${path}`);
  const { status, data, error } = (await answer.json()) as { status: string; data: T; error?: string };
  if (status !== 'success') throw new Error(`Prometheus refused ${decodeURIComponent(path)}: ${error}`);
  return data;
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    return false;
  }
}
