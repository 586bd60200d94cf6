import { type Edit, FlagError } from '@flagwright/core';

/** One edit of one gate. */
export interface Push {
  readonly name: string;
  readonly edit: Edit;
}

/** A commit has this many edits at most: all there are, so that nobody sees a set of gates that is put back half done. */
const MOST = 5_000;

/**
 * Sends edits; tells of each whether it landed, or why not. They go together first; if one of them stands in the way,
 * one by one, so that it does not stop the others. A store that fails is not asked again: the rest fails with it.
 */
export async function pushAll(
  commit: (edits: readonly Edit[]) => Promise<unknown>,
  pushes: readonly Push[],
): Promise<ReadonlyMap<string, 'landed' | FlagError>> {
  const outcomes = new Map<string, 'landed' | FlagError>();
  const queue = groupsOf(pushes);
  for (let group = queue.shift(); group !== undefined; group = queue.shift()) {
    const failure = await failureOf(commit(group.map(({ edit }) => edit)));
    if (failure !== undefined && isOfOne(failure) && group.length > 1) {
      queue.unshift(...group.map((push) => [push]));
      continue;
    }
    for (const { name } of group) outcomes.set(name, failure ?? 'landed');
    if (failure === undefined || isOfOne(failure)) continue;
    for (const { name } of queue.flat()) outcomes.set(name, failure);
    break;
  }
  return outcomes;
}

function groupsOf(pushes: readonly Push[]): Push[][] {
  const groups: Push[][] = [];
  for (let at = 0; at < pushes.length; at += MOST) groups.push(pushes.slice(at, at + MOST));
  return groups;
}

async function failureOf(committing: Promise<unknown>): Promise<FlagError | undefined> {
  try {
    await committing;
    return undefined;
  } catch (thrown) {
    return FlagError.from(thrown);
  }
}

/** Whether a commit failed for one of its edits, and not for the store. */
function isOfOne({ code }: FlagError): boolean {
  return code === 'CONFLICT' || code === 'INVALID_ARGUMENT' || code === 'TOO_LARGE';
}
