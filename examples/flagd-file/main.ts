import { flagProvider } from '@flagwright/provider';
import { fileSource } from '@flagwright/sources/file';
import { OpenFeature } from '@openfeature/server-sdk';

// A flagd definition file, as it is.

await OpenFeature.setProviderAndWait(flagProvider(fileSource({ path: 'flags.json' })));
const client = OpenFeature.getClient();
const user = { targetingKey: 'user-123', email: 'ada@example.com', version: '10.0.0' };

const banner = await client.getBooleanDetails('welcome-banner', false, user);
console.log(`welcome-banner: ${banner.value} (${banner.reason})`);
const color = await client.getStringDetails('header-color', '#000000', user);
console.log(`header-color: ${color.value} (${color.reason})`);
const app = await client.getNumberDetails('mobile-app', 0, user);
console.log(`mobile-app: ${app.value} (${app.reason})`);
const retired = await client.getBooleanDetails('retired', false, user);
console.log(`retired: ${retired.value} (${retired.reason}; the code's own default)`);

await OpenFeature.close();
