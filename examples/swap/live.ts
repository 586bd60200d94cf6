import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setImmediate } from 'node:timers/promises';
import { OpenFeature, ProviderStatus } from '@openfeature/server-sdk';
import { providerFromEnv } from 'flagwright';
import { changedBy } from '../changed-by.js';
import { table } from '../table.js';

// flagwright.yaml says where flags come from. It is edited while an app evaluates, and no evaluation fails.

const folder = mkdtempSync(join(tmpdir(), 'flagwright-swap-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
const path = join(folder, 'flagwright.yaml');
const write = (file: string, text: string): void => writeFileSync(join(folder, file), text);

const features = readFileSync('features.yaml', 'utf8');
write('features.yaml', features);
write('features.next.yaml', features.replace('small: 20', 'small: 25').replace('#ff0000', '#cc0000'));

const fromFile = (file: string): string => `provider: file\nfile: { path: ${join(folder, file)} }\n`;
const fromMemory = `provider: memory
memory:
  flags:
    new-checkout: { type: boolean, default: true }
    page-size: { type: integer, default: 20 }
`;

// --- the app ------------------------------------------------------------------------------------------------------

write('flagwright.yaml', fromFile('features.yaml'));
let refused: ((message: string) => void) | undefined;
const provider = providerFromEnv({ FEATURE_CONFIG: path }, { onConfigError: ({ message }) => refused?.(message) });
await OpenFeature.setProviderAndWait(provider);
const client = OpenFeature.getClient();
const user = { targetingKey: 'carol', email: 'carol@example.org', plan: 'free' };

let [evaluations, failures, over] = [0, 0, false];
const serving = (async () => {
  while (!over || evaluations < 10_000) {
    const { errorCode } = await client.getNumberDetails('page-size', -1, user);
    evaluations++;
    if (errorCode !== undefined || client.providerStatus !== ProviderStatus.READY) failures++;
    if (evaluations % 10 === 0) await setImmediate();
  }
})();

// --- the edits ----------------------------------------------------------------------------------------------------

const rows: unknown[][] = [
  ['flagwright.yaml', 'answers', 'new-checkout', 'page-size', 'PROVIDER_CONFIGURATION_CHANGED'],
];
async function show(edit: string, event: string): Promise<void> {
  const answers = client.metadata.providerMetadata.resolver;
  const checkout = await client.getBooleanValue('new-checkout', false, user);
  rows.push([edit, answers, checkout, await client.getNumberValue('page-size', -1, user), event]);
}
async function swap(edit: string, text: string): Promise<void> {
  await show(edit, (await changedBy(client, () => write('flagwright.yaml', text))).join(', '));
}

await show('file: features.yaml', '');
await swap('memory', fromMemory);
const message = await new Promise<string>((resolve) => {
  refused = resolve;
  write('flagwright.yaml', 'provider: memroy\n');
});
await show('provider: memroy', '');
await swap('file: features.next.yaml', fromFile('features.next.yaml'));
over = true;
await serving;

console.log(table(rows));
console.log(`\nprovider: memroy was refused:\n${message.replaceAll(folder, '.')}`);
console.log(`\n10,000 evaluations and more meanwhile; failed: ${failures}`);

await OpenFeature.close();
