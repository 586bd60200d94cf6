import { randomBytes } from 'node:crypto';
import { type Random, randomOf } from '../crew/random.ts';

/** All of it, in some minutes, rather than each fault once. */
export const FULL: boolean = process.env.FAULTS === 'full';

/** How often each fault comes. */
export const ROUNDS: number = FULL ? 4 : 1;

const given = process.env.FAULTS_SEED;
if (given !== undefined && !/^\w+$/.test(given)) {
  throw new Error(`FAULTS_SEED is ${JSON.stringify(given)}; expected letters and digits, as printed by an earlier run`);
}

/** What all that is random in this run comes from: FAULTS_SEED repeats it. */
export const SEED: string = given ?? randomBytes(4).toString('hex');

/** Random numbers of one part of the run. */
export function randomFor(part: string): Random {
  return randomOf(`${SEED} ${part}`);
}
