import { FlagError } from '@flagwright/core';
import type { UnleashClient } from './client.ts';

/** One evaluation of a flag that has impression data switched on. Deeply frozen. */
export interface UnleashImpression {
  readonly flag: string;
  /** The flag was asked whether it is on, or for a variant. */
  readonly type: 'isEnabled' | 'getVariant';
  readonly enabled: boolean;
  /** The name of the variant, `disabled` if there was none; undefined if not asked for. */
  readonly variant: string | undefined;
  /** Who asked, as Unleash takes it; a copy. */
  readonly context: object;
}

/** Clients whose impressions are not told just now. */
const quiet = new WeakSet<UnleashClient>();

/** Does what is no use of a flag: impressions of the client are not told meanwhile. */
export function quietly<T>(client: UnleashClient, work: () => T): T {
  quiet.add(client);
  try {
    return work();
  } finally {
    quiet.delete(client);
  }
}

/** Tells the impressions of a client, until the function that is given back is called. What goes wrong is a notice. */
export function tellImpressions(
  client: UnleashClient,
  tell: (impression: UnleashImpression) => unknown,
  onNotice: (text: string) => void,
): () => void {
  let first = true;
  // out of here, it would come out of the evaluation, or end the process
  const failed = (thrown: unknown): void => {
    if (first) onNotice(`onImpression failed, which is told this once: ${FlagError.from(thrown).message}`);
    first = false;
  };
  const listener = (said: unknown): void => {
    if (quiet.has(client)) return;
    try {
      const told = tell(impressionOf(said as Told));
      if (told instanceof Promise) told.catch(failed);
    } catch (thrown) {
      failed(thrown);
    }
  };
  client.on('impression', listener);
  return () => void client.off('impression', listener);
}

/** What the client tells. */
interface Told extends Omit<UnleashImpression, 'flag' | 'type'> {
  readonly featureName: string;
  readonly eventType: UnleashImpression['type'];
}

function impressionOf({ featureName: flag, eventType: type, enabled, variant, context }: Told): UnleashImpression {
  return Object.freeze({ flag, type, enabled, variant, context: copyOf(context) as object });
}

/** A frozen copy: the client evaluates on, by the context that it tells of. */
function copyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return Object.freeze(new Date(value));
  return Object.freeze(Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, copyOf(inner)])));
}
