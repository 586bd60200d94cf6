import { explain, follow, formatExplanation } from '@flagwright/core';
import { fileSource } from '@flagwright/sources/file';

// A flag that needs another one, and the decision step by step.

const flags = follow(fileSource({ path: 'features.yaml' }));
const snapshot = await flags.ready();

for (const plan of ['pro', 'free']) {
  console.log(`plan ${plan}:`);
  console.log(formatExplanation(explain(snapshot, 'advanced-analytics', { targetingKey: 'user-123', plan }), '  '));
}

await flags.close();
