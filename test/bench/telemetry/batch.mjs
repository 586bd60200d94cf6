import { createReadStream, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate as immediate, setTimeout as pause } from 'node:timers/promises';
import { createClient } from '@flagwright/core';
import { memoryStore } from '@flagwright/sources/memory';
import { analytics } from '@flagwright/telemetry';
import { fileExporter } from '@flagwright/telemetry/exporters';
import { threeRules, users } from '../logic.mjs';
import { pace } from '../pace.mjs';
import { flagwright } from '../subjects/flagwright.mjs';
import { nowhere } from './sinks.mjs';

/** Evaluations of one turn of the event loop. */
const A_TURN = 2_000;
/** What the queue holds unless said otherwise. */
const ROOM = 10_000;

/**
 * S10, to a file: evaluations are made as long as the queue has room for those of a turn, as by a server that is under
 * load. Times are of the clock; memory is the process's, at its most, above what it had before the first event.
 */
export async function batching({ scenario, name, quick }) {
  const folder = mkdtempSync(path.join(tmpdir(), 'flagwright-bench-'));
  try {
    return { 'a million': await measured(name, quick ? scenario.events / 10 : scenario.events, folder) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measured(name, events, folder) {
  const exporter = name === 'file' ? fileExporter({ path: path.join(folder, 'events.jsonl') }) : nowhere();
  const sink = analytics(exporter);
  const client = createClient(memoryStore(flagwright.input([threeRules('three-rules')])), { sinks: [sink] });
  const contexts = users(10_000).map(flagwright.context);
  await client.ready();
  gc();
  await pause(50);
  const before = pace();
  const memory = process.memoryUsage.rss();
  const cpu = process.cpuUsage();
  const started = performance.now();
  for (let made = 0; made < events; ) {
    for (const end = Math.min(made + A_TURN, events); made < end; made++) {
      client.boolean('three-rules', false, contexts[made % contexts.length]);
    }
    do await immediate();
    while (sink.counts()[0].queued > ROOM - A_TURN);
  }
  await sink.flush();
  const took = (performance.now() - started) * 1e6;
  const { user, system } = process.cpuUsage(cpu);
  const most = process.resourceUsage().maxRSS * 1024;
  const { sent, dropped, rejected, failures } = sink.counts()[0];
  await client.close();
  await sink.close();
  if (sent !== events || rejected + failures > 0) throw new Error(`of ${events} events ${sent} were sent`);
  const written = name === 'file' ? await inspect(folder) : { lines: undefined, bytes: undefined };
  if (name === 'file' && written.lines !== events) throw new Error(`${written.lines} lines of ${events} events`);
  return {
    unit: 'ns',
    value: took,
    cpu: (user + system) * 1e3,
    memory: most - memory,
    events,
    dropped,
    ...written,
    pace: Math.max(before, pace()),
  };
}

/** How many lines are in all files of the folder, and how many bytes. Throws if one of them is no event. */
async function inspect(folder) {
  let [lines, bytes] = [0, 0];
  for (const file of readdirSync(folder)) {
    const whole = path.join(folder, file);
    bytes += statSync(whole).size;
    let rest = '';
    for await (const chunk of createReadStream(whole, 'utf8')) {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop();
      for (const line of parts) if (JSON.parse(line).flag_key !== 'three-rules') throw new Error(`no event: ${line}`);
      lines += parts.length;
    }
    if (rest !== '') throw new Error(`${file} ends within a line`);
  }
  return { lines, bytes };
}
