import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, type EvaluationContext, OpenFeature } from '@openfeature/server-sdk';

const PLANS = ['free', 'free', 'free', 'pro', 'enterprise'] as const;

/** A page with a slip of the finger in it is visited once in so many visits: half a percent of evaluations. */
const SLIP = 60;

/** Has users come by until they are told to stop: some hundred evaluations per second. */
export async function simulateUsers(signal: AbortSignal): Promise<void> {
  const client = OpenFeature.getClient();
  for (let visits = 0; !signal.aborted; visits += 5) {
    await Promise.all(Array.from({ length: 5 }, () => visit(client, someUser())));
    if (visits % SLIP === 0) await client.getBooleanValue('new-chekout', false, someUser());
    await sleep(50);
  }
}

async function visit(client: Client, user: EvaluationContext): Promise<void> {
  await client.getBooleanValue('new-checkout', false, user);
  await client.getStringValue('button-color', '#000000', user);
  await client.getNumberValue('page-size', 10, user);
  await client.getBooleanValue('winter-sale', false, user);
}

function someUser(): EvaluationContext {
  const number = Math.floor(Math.random() * 10_000);
  return {
    targetingKey: `user-${number}`,
    email: `user-${number}@example.${number % 50 === 0 ? 'com' : 'org'}`,
    plan: PLANS[number % PLANS.length]!,
  };
}
