import type { SetName } from '../database/database.ts';
import { keyOf } from '../sets/set-name.ts';

/** What an address of an event stream lets its holder do. */
export interface StreamClaims extends SetName {
  /** In ms since the epoch. */
  readonly expires: number;
}

/** Signs the addresses of event streams, for those who listen cannot send a token. */
export interface StreamSigner {
  sign(claims: StreamClaims): string;
  /** Undefined for what was not signed, or has expired at `now`, in ms since the epoch. */
  verify(text: string, now: number): StreamClaims | undefined;
}

/** Where event streams are. */
export const EVENTS_PATH = '/ofrep/v1/events';

/** How long addresses stay as they are, in ms; each is good for one to two times as long. */
const PERIOD = 12 * 3_600_000;

/** As many are kept. */
const MOST_KEPT = 1_000;

/**
 * The path and query of the event stream of a set. It changes only twice a day, on all servers at the same time, for a
 * client that is told another one connects anew.
 */
export function streamAddresses(signer: StreamSigner, clock: () => number): (set: SetName) => string {
  const kept = new Map<string, string>();
  let until = 0;
  return (set) => {
    const end = (Math.floor(clock() / PERIOD) + 1) * PERIOD;
    if (end !== until || kept.size >= MOST_KEPT) kept.clear();
    until = end;
    const key = keyOf(set);
    let address = kept.get(key);
    if (address === undefined) {
      const channel = signer.sign({ project: set.project, stage: set.stage, expires: end + PERIOD });
      address = `${EVENTS_PATH}?channel=${encodeURIComponent(channel)}`;
      kept.set(key, address);
    }
    return address;
  };
}
