import { flagProvider } from '@flagwright/provider';
import { fileSource } from '@flagwright/sources/file';
import { OpenFeature } from '@openfeature/server-sdk';

// The least an app does: a flag file, OpenFeature in front, a boolean and a string.

await OpenFeature.setProviderAndWait(flagProvider(fileSource({ path: 'features.yaml' })));
const client = OpenFeature.getClient();

if (await client.getBooleanValue('new-dashboard', false)) console.log('showing the new dashboard');
else console.log('showing the old dashboard');

const theme = await client.getStringValue('theme', 'light');
console.log(`applying the ${theme} theme`);

await OpenFeature.close();
