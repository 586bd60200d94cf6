import { allocated, time } from './measure.mjs';
import { assertShare, prove } from './prove.mjs';

/** S1–S6: opens the subject with the flags of each case, proves its answers, times its call. */
export async function calls({ scenario, subject, ms }) {
  const cases = {};
  for (const [name, make] of Object.entries(scenario.cases)) {
    const work = make();
    const contexts = work.users.map(subject.context);
    const engine = await subject.open(subject.input(work.flags));
    await prove(engine, subject, work, contexts);
    const driven = await drive(engine, work, contexts);
    const timed = await time(driven.call, ms);
    driven.check();
    cases[name] = { ...timed, allocated: await allocated(driven.call) };
    await engine.close?.();
  }
  return cases;
}

/** One call for one user after the other. Synchronous answers are counted, and the count checked after the timing. */
async function drive(engine, work, contexts) {
  const last = contexts.length - 1;
  let i = 0;
  if (work.all) {
    const { all } = engine;
    let kept;
    const call = () => {
      i = i === last ? 0 : i + 1;
      kept = all(contexts[i]);
      return kept;
    };
    return { call, check: () => kept };
  }
  const { bool } = engine;
  const { key } = work;
  if (bool(key, contexts[0]) instanceof Promise) {
    const call = () => {
      i = i === last ? 0 : i + 1;
      return bool(key, contexts[i]);
    };
    return { call, check() {} };
  }
  let asked = 0;
  let on = 0;
  const call = () => {
    i = i === last ? 0 : i + 1;
    asked++;
    if (bool(key, contexts[i])) on++;
  };
  return { call, check: () => assertShare(work.expect, on / asked) };
}
