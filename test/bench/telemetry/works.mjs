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
