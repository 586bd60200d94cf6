import { now } from '../clock.mjs';
import { openCounted } from '../stores.mjs';
import { answer } from './answer.mjs';

/** Follows a set and counts what its changes cost. */
const counts = { rows: 0, changed: 0, events: 0, since: process.cpuUsage() };
let changed = 0;
let wake;

answer({
  async follow(where) {
    const { follow, evaluate } = await import('@flagwright/core');
    const user = {
      targetingKey: '5c3d8535f81a4478a6d3afaa',
      email: 'a@corp.example',
      country: 'US',
      plan: 'pro',
      age: 30,
    };
    const start = now();
    const follower = follow(await openCounted(where, counts));
    const snapshot = await follower.ready();
    const first = now() - start;
    const { flags } = snapshot;
    flags.forEach((_, key) => void evaluate(snapshot, key, 'boolean', user));
    follower.on((event) => {
      if (event.type !== 'changed') return;
      for (const key of event.flagsChanged) {
        if (evaluate(event.snapshot, key, 'boolean', user).value !== false) throw new Error(`${key} is still on`);
      }
      changed += event.flagsChanged.length;
      counts.changed += event.flagsChanged.length;
      counts.events++;
      wake?.();
    });
    return { flags: flags.size, first };
  },
  /** Answers once so many flags have changed. */
  async changed(many) {
    while (changed < many) {
      await new Promise((resolve) => {
        wake = resolve;
      });
    }
  },
  begin() {
    Object.assign(counts, { rows: 0, changed: 0, events: 0, since: process.cpuUsage() });
  },
  /** What it cost since the beginning; processor time in ms, that of all threads. */
  end() {
    const { user, system } = process.cpuUsage(counts.since);
    return { cpu: (user + system) / 1000, rows: counts.rows, changed: counts.changed, events: counts.events };
  },
});
