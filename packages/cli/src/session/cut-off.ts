import { type Ask, isReading } from '@flagwright/server/client';
import { safe } from '../output/safe.ts';
import type { World } from '../world.ts';
import { LOOK, MAY_BE_DONE, type Place } from './silence.ts';

/** The same requests, but that of one that changes something it is said if a signal ends the process before the answer. */
export function toldIfCutOff(ask: Ask, world: World, { address }: Place): Ask {
  return async (method, path, options) => {
    if (isReading(method, options)) return await ask(method, path, options);
    const takeBack = world.lastWords?.(() =>
      world.err(`Interrupted before ${safe(address)} has answered: ${MAY_BE_DONE}\n  ${LOOK}\n`),
    );
    try {
      return await ask(method, path, options);
    } finally {
      takeBack?.();
    }
  };
}
