import { setTimeout as pause } from 'node:timers/promises';
import { now } from '../clock.mjs';
import { openStore } from '../stores.mjs';
import { tick } from '../ticks.mjs';
import { answer } from './answer.mjs';

/** Commits one flag again and again, each time with the next number, and says when. */
let store;
let last = 0;

answer({
  async open(where) {
    store = await openStore(where);
  },
  /** `gap`: from one commit to the next, in ms, give or take a third; a commit that takes longer makes the next wait. */
  async commit(count, gap) {
    const [called, resolved] = [[], []];
    const first = last + 1;
    let due = now();
    for (let i = 0; i < count; i++) {
      due = Math.max(due + gap * (2 / 3 + (Math.random() * 2) / 3), now());
      if (gap > 0) await pause(Math.max(0, due - now()));
      last++;
      called.push(now());
      await store.commit([tick(last)]);
      resolved.push(now());
    }
    return { first, last, called, resolved };
  },
});
