import { flagProvider } from '@flagwright/provider';
import { httpSource } from '@flagwright/sources/http';
import { OFREPProvider } from '@openfeature/ofrep-provider';
import { type Client, OpenFeature } from '@openfeature/server-sdk';

/** Two applications of one stage, both with the same token: one evaluates by itself, and one asks the server. */
export interface Apps {
  /** Follows the flags of the stage, and evaluates in its own process. */
  readonly following: Client;
  /** Asks the server at every evaluation. Needs `@openfeature/ofrep-core` 0.1.x beside it, and not the newest. */
  readonly asking: Client;
}

export async function openApps(url: string, token: string): Promise<Apps> {
  const flags = flagProvider(httpSource({ url: `${url}/sets/shop/production`, token }));
  await OpenFeature.setProviderAndWait('following', flags);
  const remote = new OFREPProvider({ baseUrl: url, headers: [['Authorization', `Bearer ${token}`]] });
  await OpenFeature.setProviderAndWait('asking', remote);
  return { following: OpenFeature.getClient('following'), asking: OpenFeature.getClient('asking') };
}

const USERS = [
  { targetingKey: 'alice', 'user-tier': 'premium' },
  { targetingKey: 'bob', 'user-tier': 'free' },
] as const;

/** What both answer for a premium user and for one who pays nothing. */
export async function answersOf({ following, asking }: Apps): Promise<readonly (readonly unknown[])[]> {
  return Promise.all(
    USERS.map(async (user) => [
      `${user.targetingKey} (${user['user-tier']})`,
      await following.getBooleanValue('new-checkout', false, user),
      await asking.getBooleanValue('new-checkout', false, user),
    ]),
  );
}
