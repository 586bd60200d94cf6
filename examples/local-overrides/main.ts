import { flagProvider } from '@flagwright/provider';
import { fileSource } from '@flagwright/sources/file';
import { overlay, overrides } from '@flagwright/sources/overlay';
import { OpenFeature } from '@openfeature/server-sdk';

// On a developer's machine some flags are held fixed. `overrides` refuses to start where NODE_ENV is production.

const flags = overlay(
  fileSource({ path: 'features.yaml' }),
  overrides({ 'new-feature': true, 'experiment-mode': 'variant-b' }),
);
await OpenFeature.setProviderAndWait(flagProvider(flags));
const client = OpenFeature.getClient();

const feature = await client.getBooleanDetails('new-feature', false);
console.log(`new-feature: ${feature.value} (override: ${feature.flagMetadata.override})`);
const mode = await client.getStringDetails('experiment-mode', 'a');
console.log(`experiment-mode: ${mode.value}, variant ${mode.variant} (override: ${mode.flagMetadata.override})`);

await OpenFeature.close();
