import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from '@flagwright/core';
import { memoryStore } from '@flagwright/sources/memory';
import { analytics } from '@flagwright/telemetry';
import { inTurns, processorTime } from '../in-turns.mjs';
import { prove } from '../prove.mjs';
import { flagwright } from '../subjects/flagwright.mjs';
import { hanging, nowhere } from './sinks.mjs';
import { allFlags, worksOf } from './works.mjs';

const SIZE = { calls: 2_000, turns: 20 };

/**
 * S10, with trouble: blocks of calls to a client whose exporter takes its events and to one whose exporter hangs take
 * turns. Its queue is full before, so that every event drives out an older one.
 */
export async function beside({ scenario, name, rounds }) {
  const works = worksOf(scenario);
  const store = memoryStore(flagwright.input(allFlags(works)));
  const exporters = [nowhere(), name === 'hanging' ? hanging() : nowhere()];
  const sinks = exporters.map((exporter) => analytics({ exporters: [exporter], batch: { flushOnExit: false } }));
  const clients = sinks.map((sink) => createClient(store, { sinks: [sink] }));
  for (const client of clients) {
    await client.ready();
    const engine = { bool: (key, context) => client.boolean(key, false, context) };
    for (const work of works) await prove(engine, flagwright, work, work.contexts);
  }
  await pause(50);
  // the first batch is under way, and left room
  for (const client of clients) for (const context of works[0].contexts) client.boolean(works[0].key, false, context);
  await pause(50);
  const callers = [await import('../caller.mjs?well'), await import('../caller.mjs?hanging')];
  const sides = clients.map((client, i) => {
    const { asked } = callers[i];
    return (work, count) => asked(client, work.key, work.contexts, count);
  });
  const before = sinks.map((sink) => sink.counts()[0]);
  const cases = await inTurns(works, sides, rounds, (call, work) => processorTime(call, work, SIZE));
  for (const [i, sink] of sinks.entries()) assertFate(exporters[i].name, before[i], sink.counts()[0]);
  return cases;
}

/** Throws unless a hanging exporter had every event dropped for another, and one that is well none. */
function assertFate(name, before, after) {
  const [sent, dropped, added] = ['sent', 'dropped', 'added'].map((count) => after[count] - before[count]);
  const right = name === 'hanging' ? sent === 0 && dropped === added : dropped === 0 && after.queued === 0;
  if (!right) throw new Error(`${name}: of ${added} events ${sent} were sent and ${dropped} dropped`);
}
