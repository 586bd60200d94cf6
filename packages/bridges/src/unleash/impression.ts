import type { UnleashClient } from './client.ts';

/** One evaluation of a flag that has impression data switched on. Frozen. */
export interface UnleashImpression {
  readonly flag: string;
  /** The flag was asked whether it is on, or for a variant. */
  readonly type: 'isEnabled' | 'getVariant';
  readonly enabled: boolean;
  /** The name of the variant, `disabled` if there was none; undefined if not asked for. */
  readonly variant: string | undefined;
  /** Who asked, as Unleash takes it. */
  readonly context: object;
}

/** Tells the impressions of a client, until the function that is given back is called. */
export function tellImpressions(client: UnleashClient, tell: (impression: UnleashImpression) => void): () => void {
  const listener = (said: unknown): void => {
    const { featureName, eventType, enabled, variant, context } = said as Readonly<Record<string, never>>;
    const impression = {
      flag: featureName,
      type: eventType,
      enabled,
      variant,
      context,
    } as unknown as UnleashImpression;
    try {
      tell(Object.freeze(impression));
    } catch (thrown) {
      // it would come out of the evaluation
      process.emitWarning(`onImpression threw: ${messageOf(thrown)}`, 'FlagwrightWarning');
    }
  };
  client.on('impression', listener);
  return () => void client.off('impression', listener);
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
