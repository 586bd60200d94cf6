import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setImmediate } from 'node:timers/promises';
import { launchDarklyResolver } from '@flagwright/bridges/launchdarkly';
import { follow } from '@flagwright/core';
import { createProvider, formatShadow, shadow, sourceResolver, switching } from '@flagwright/provider';
import { fileSource } from '@flagwright/sources/file';
import { init } from '@launchdarkly/node-server-sdk';
import { FileDataSourceFactory } from '@launchdarkly/node-server-sdk/integrations';
import { type EvaluationContext, OpenFeature } from '@openfeature/server-sdk';

// From LaunchDarkly to a file of our own: LaunchDarkly answers, the file says what it would have answered, and takes over
// once it says the same.

const folder = mkdtempSync(join(tmpdir(), 'flagwright-migrate-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
const path = join(folder, 'features.yaml');
const moved = readFileSync('features.yaml', 'utf8');
writeFileSync(path, moved);

// offline, from a file; with an account it is `launchDarklyResolver({ sdkKey })`
const file = new FileDataSourceFactory({ paths: ['launchdarkly.json'] });
const vendor = launchDarklyResolver({
  client: (options) => init('no-key', { ...options, updateProcessor: file.getFactory(), sendEvents: false }),
});
const flags = follow(fileSource({ path }));
await flags.ready();

// usually a small sample is compared; `settle: 0` asks nobody twice; the clock stands still for the text below
const clock = (): number => Date.parse('2026-01-01T12:00:00Z');
const trial = shadow(vendor, sourceResolver(flags), { sample: 1, settle: 0, clock });
const backend = switching(trial);
await OpenFeature.setProviderAndWait(createProvider(backend));

// --- the app ------------------------------------------------------------------------------------------------------

const client = OpenFeature.getClient();
const users = Array.from({ length: 200 }, (_, n): EvaluationContext => {
  const email = `user-${n}@example.${n % 10 === 0 ? 'com' : 'org'}`;
  return { targetingKey: `user-${n}`, email, plan: ['free', 'pro', 'enterprise'][n % 3]! };
});

async function serve(): Promise<readonly string[]> {
  const answers: string[] = [];
  for (const user of users) {
    const checkout = await client.getBooleanValue('new-checkout', false, user);
    const theme = await client.getStringValue('theme', 'light', user);
    answers.push(`${checkout}, ${theme}, ${await client.getNumberValue('page-size', 10, user)}`);
  }
  return answers;
}

// --- the move -----------------------------------------------------------------------------------------------------

/** Comparisons are made in the background, and no answer waits for them. */
async function until(done: () => boolean): Promise<void> {
  while (!done()) await setImmediate();
}
const compared = (): boolean => trial.report().compared === trial.report().evaluations;

await until(() => trial.report().candidate.status === 'ready');
await serve();
await until(compared);
console.log(`1. In the shadow\n\n${formatShadow(trial.report())}`);

writeFileSync(path, moved.replace('values: [pro]', 'values: [pro, enterprise]'));
await flags.refresh();
trial.reset();
const before = await serve();
await until(compared);
console.log(`\n2. The rule of theme is corrected\n\n${formatShadow(trial.report())}`);

if (!trial.report().safe) throw new Error(trial.report().reasons.join('; '));
await backend.switchTo(sourceResolver(flags));
const after = await serve();
const differing = after.filter((answer, n) => answer !== before[n]).length;
console.log(`\n3. Switched: ${client.metadata.providerMetadata.resolver} answers`);
console.log(`\nof ${users.length} users, ${differing} are served anything else than before`);

await OpenFeature.close();
await flags.close();
