import { createClient, newContext } from '@flagwright/core';
import { fileSource } from '@flagwright/sources/file';

// Three variants of equal weight. What users then do is tracked together with the variant they saw.

const tracked = new Map<unknown, number>();
const client = createClient(fileSource({ path: 'features.yaml' }), {
  // a sink is told of every evaluation and of every tracked event
  sinks: [
    (record) => {
      if (record.kind === 'track') tracked.set(record.data.color, (tracked.get(record.data.color) ?? 0) + 1);
    },
  ],
});
await client.ready();

function renderButton(userId: string): string {
  const user = client.withContext(newContext(userId).build());
  const evaluation = user.details('checkout-button-color');
  const buttonColor = (evaluation.value as string | undefined) ?? 'blue';
  if (evaluation.inExperiment)
    user.track('checkout-button-view', { variant: evaluation.variationIndex, color: buttonColor });
  return buttonColor;
}

console.log(`user-123 sees a ${renderButton('user-123')} button`);
for (let i = 0; i < 2999; i++) renderButton(`user-${1000 + i}`);
for (const color of ['blue', 'green', 'red']) console.log(`${color} was seen ${tracked.get(color)} times`);

await client.close();
