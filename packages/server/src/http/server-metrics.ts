import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Metrics } from './metrics.ts';
import type { RequestMeter } from './router.ts';

/** Upper bounds in seconds: a small answer from memory takes a fraction of a millisecond, a transaction some. */
const DURATIONS: readonly number[] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Counts requests: how many there are, how they end, and how long they take until their answer begins. */
export function requestMetrics(metrics: Metrics): RequestMeter {
  const total = metrics.counter({
    name: 'flagwright_http_requests_total',
    help: 'Requests that were answered.',
    labels: ['method', 'operation', 'status'],
  });
  const duration = metrics.histogram({
    name: 'flagwright_http_request_duration_seconds',
    help: 'Time until the answer began.',
    labels: ['operation'],
    buckets: DURATIONS,
  });
  const inFlight = metrics.gauge({
    name: 'flagwright_http_requests_in_flight',
    help: 'Requests whose answer has not begun.',
  });
  return {
    started: () => inFlight.add(1),
    ended(method, operation, status, seconds) {
      inFlight.add(-1);
      // a client may call its method anything
      total.add({ method: METHODS.has(method) ? method : 'other', operation, status: String(status) });
      duration.observe(seconds, { operation });
    },
  };
}

/** Metrics of a process; they are read as they are when they are asked for. */
export interface ProcessMetrics {
  /** Ends what measures the event loop. */
  close(): void;
}

const NANO = 1e9;

/** How often the event loop is looked at, in ms. */
const RESOLUTION = 20;

/** The version, and how the process is: its age, memory, processor time, and how long its event loop is held up. */
export function processMetrics(metrics: Metrics, version: string): ProcessMetrics {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
  delay.enable();
  const info = metrics.gauge({
    name: 'flagwright_build_info',
    help: 'What runs here; always 1.',
    labels: ['version', 'node'],
  });
  info.set(1, { version, node: process.version });
  const gauge = (name: string, help: string) => metrics.gauge({ name, help });
  const uptime = gauge('flagwright_process_uptime_seconds', 'How long the process has run.');
  const resident = gauge('flagwright_process_resident_memory_bytes', 'Memory that the process holds.');
  const heap = gauge('flagwright_process_heap_used_bytes', 'Memory of objects, those that are garbage among them.');
  const cpu = metrics.counter({
    name: 'flagwright_process_cpu_seconds_total',
    help: 'Processor time that the process has taken.',
  });
  let taken = 0;
  const lag = metrics.gauge({
    name: 'flagwright_event_loop_lag_seconds',
    help: 'How long timers were late, since the reading before.',
    labels: ['statistic'],
  });
  metrics.collect(() => {
    const { rss, heapUsed } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    uptime.set(process.uptime());
    resident.set(rss);
    heap.set(heapUsed);
    const now = (user + system) / 1e6;
    cpu.add({}, now - taken);
    taken = now;
    const late = (ns: number): number => Math.max(0, (Number.isFinite(ns) ? ns : 0) / NANO - RESOLUTION / 1_000);
    lag.set(late(delay.percentile(50)), { statistic: 'p50' });
    lag.set(late(delay.percentile(99)), { statistic: 'p99' });
    lag.set(late(delay.max), { statistic: 'max' });
    delay.reset();
  });
  return { close: () => void delay.disable() };
}
