import { now } from '../clock.mjs';
import { openStore } from '../stores.mjs';
import { ticked } from '../ticks.mjs';
import { answer } from './answer.mjs';

/** Follows a set several times over, and says when each new number of the flag could first be seen by an evaluation. */
const followers = [];

/** Where numbers begin anew after a while: of those the flag may mean, the first that is not over. */
function numbered(number, last = 0, { cycle }) {
  return cycle === undefined ? number : last + ((((number - last) % cycle) + cycle) % cycle);
}

async function follower(where) {
  const { follow, evaluate } = await import('@flagwright/core');
  const following = follow(await openStore(where));
  const seen = [];
  let wake;
  following.on((event) => {
    if (event.type !== 'changed') return;
    const number = numbered(ticked(evaluate, event.snapshot), seen.at(-1)?.number ?? where.after, where);
    if (number !== seen.at(-1)?.number) seen.push({ number, at: now() });
    wake?.();
  });
  await following.ready();
  if (!following.health().subscribed) throw new Error(`no hints: ${following.health().hintError?.message}`);
  return {
    /** When each number from `first` to `last` could be seen, or a later one; waits for the last. */
    async times(first, last) {
      while ((seen.at(-1)?.number ?? 0) < last) {
        await new Promise((resolve) => {
          wake = resolve;
        });
      }
      const times = [];
      let superseded = 0;
      let i = seen.findIndex(({ number }) => number >= first);
      for (let number = first; number <= last; number++) {
        if (seen[i].number < number) i++;
        if (seen[i].number > number) superseded++;
        times.push(seen[i].at);
      }
      return { times, superseded };
    },
  };
}

answer({
  async follow(where, count) {
    followers.push(...(await Promise.all(Array.from({ length: count }, () => follower(where)))));
  },
  times: (first, last) => Promise.all(followers.map((one) => one.times(first, last))),
});
