/** Every user is asked; of a slow engine at least these many, within these milliseconds. */
const LEAST = 500;
const ENOUGH = 300;

/**
 * Whether an engine answers a case as it must, before and while it is timed. `engine.bool` may answer with a promise.
 */
export async function prove(engine, subject, work, contexts) {
  if (work.all) return proveAll(engine, work, contexts);
  let [on, asked] = [0, 0];
  const end = performance.now() + ENOUGH;
  for (const context of contexts) {
    if ((await engine.bool(work.key, context)) === true) on++;
    if (++asked >= LEAST && performance.now() > end) break;
  }
  assertShare(work.expect, on / asked);
  if (subject.limit) return;
  for (const control of work.controls ?? []) {
    const answer = await engine.bool(work.key, subject.context(control));
    if (answer !== (work.expect === 'off')) throw new Error(`a control of ${work.key} was answered ${answer}`);
  }
  if (work.otherKey !== undefined && (await engine.bool(work.otherKey, contexts[0])) !== false) {
    throw new Error(`${work.otherKey} was answered on`);
  }
}

async function proveAll(engine, work, contexts) {
  const on = engine.countOn(await engine.all(contexts[0]));
  const [least, most] = work.expectOn;
  if (on !== undefined && !(on >= least && on <= most)) throw new Error(`${on} flags on, expected ${least} to ${most}`);
}

/** Throws if the share of `true` is not what `expect` allows. */
export function assertShare(expect, share) {
  const [least, most] = { on: [1, 1], off: [0, 0], split: [0.15, 0.25] }[expect];
  if (share < least || share > most) throw new Error(`${(share * 100).toFixed(1)} % on, expected ${expect}`);
}
