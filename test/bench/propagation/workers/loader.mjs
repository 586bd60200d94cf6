import { setTimeout as pause } from 'node:timers/promises';
import { now } from '../clock.mjs';
import { openStore } from '../stores.mjs';
import { answer } from './answer.mjs';

/** What is held, in bytes, once everything that can go has gone; V8 hands pages back a little later than it frees them. */
async function held() {
  for (let i = 0; i < 5; i++) {
    gc();
    await pause(50);
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heap: heapUsed + external };
}

answer({
  /** Follows a set for the first time in this process. Times in ms. */
  async load(where, expected) {
    const { follow, evaluate } = await import('@flagwright/core');
    const store = await openStore(where);
    const start = now();
    const follower = follow(store);
    const { flags } = await follower.ready();
    const load = now() - start;
    if (flags.size !== expected) throw new Error(`${flags.size} flags, not ${expected}`);
    const ready = await held();
    const asking = now();
    const { snapshot } = follower;
    let on = 0;
    flags.forEach((_, key) => {
      if (evaluate(snapshot, key, 'boolean', {}).value === true) on++;
    });
    const asked = load + now() - asking;
    if (on !== expected) throw new Error(`${on} of ${expected} flags on`);
    const done = await held();
    // in KB
    return { load, asked, ready, done, peak: process.resourceUsage().maxRSS * 1024 };
  },
});
