import { FlagError } from '@flagwright/core';
import type { Memory } from './baseline.ts';
import type { Here } from './look.ts';
import type { View } from './view.ts';

/** So many names are told. */
const MOST_NAMES = 5;

/**
 * Refuses a cluster that has lost gates: throws `FlagError('NOT_FOUND')` if all, or more than half and at least two, of
 * those that this node had in common with it are gone from it without a tombstone, until none of them is.
 *
 * Whoever unsets a gate leaves a tombstone, and whoever deletes flags by hand deletes one. A set that was lost may have
 * been made anew by a node that knows nothing of what was there; then the gates of the nodes may be the last there are.
 * While they are being put back some are there and some not, so the rest is refused too.
 */
export function lossGuard(cluster: string): (memory: Memory, here: Here, view: View) => void {
  let refused = false;
  return (memory, here, view) => {
    const known = [...memory.gates].filter(([, { agreed }]) => agreed?.value !== undefined).map(([name]) => name);
    const lost = known.filter(
      (name) =>
        !view.gates.has(name) && !view.left.has(name) && (here.gone || here.gates.has(name) || here.left.has(name)),
    );
    const many = lost.length === known.length || (lost.length >= 2 && lost.length * 2 > known.length);
    refused = lost.length > 0 && (refused || many);
    if (!refused) return;
    const names = lost.slice(0, MOST_NAMES).join(', ') + (lost.length > MOST_NAMES ? ', …' : '');
    throw new FlagError(
      'NOT_FOUND',
      `${cluster} does not know ${lost.length} of the ${known.length} gates any more that this node had in common with it, not even as unset: ${names}. Hint: restore it; if they are meant to be gone, set and unset each of them there`,
    );
  };
}
