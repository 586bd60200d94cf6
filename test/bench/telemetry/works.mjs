import { setImmediate as immediate } from 'node:timers/promises';
import { flagwright } from '../subjects/flagwright.mjs';

/** The cases of a scenario, with the contexts that ask. */
export function worksOf(scenario) {
  return Object.entries(scenario.cases).map(([caseName, make]) => {
    const work = make();
    return { caseName, ...work, contexts: work.users.map(flagwright.context) };
  });
}

/** One set of flags, as in an application: in a process of its own each case would look quicker than it is. */
export function allFlags(works) {
  return [...new Map(works.flatMap((work) => work.flags).map((flag) => [flag.key, flag])).values()];
}

/** A client as `prove` asks it: with turns of the event loop between, so that what is queued goes out. */
export function paced(client) {
  let asked = 0;
  return {
    async bool(key, context) {
      if (++asked % 1_000 === 0) await immediate();
      return client.boolean(key, false, context);
    },
  };
}
