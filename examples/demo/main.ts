import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explain, follow, formatExplanation } from '@flagwright/core';
import { flagProvider } from '@flagwright/provider';
import { fileSource } from '@flagwright/sources/file';
import {
  type Client,
  type EvaluationContext,
  type EventDetails,
  OpenFeature,
  ProviderEvents,
} from '@openfeature/server-sdk';

// An app on a flag file, through OpenFeature: it evaluates, the file is edited under it, and each evaluation follows.

const folder = mkdtempSync(join(tmpdir(), 'flagwright-demo-'));
const path = join(folder, 'features.yaml');
copyFileSync('features.yaml', path);
process.on('exit', () => rmSync(folder, { recursive: true }));

const users: Record<string, EvaluationContext> = {
  alice: { targetingKey: 'alice', email: 'alice@example.com', plan: 'free', country: 'US' },
  bob: { targetingKey: 'bob', email: 'bob@example.com', plan: 'pro', country: 'DE' },
  carol: { targetingKey: 'carol', email: 'carol@example.com', plan: 'free', country: 'FR', groups: ['beta-testers'] },
};

// --- what an app does -------------------------------------------------------------------------------------------

// one follower of the file, which the provider shares with the explanation further down
const flags = follow(fileSource({ path }));
await OpenFeature.setProviderAndWait(flagProvider(flags));
const client = OpenFeature.getClient();

// a server keeps its process running by itself; following flags does not
const server = setInterval(() => {}, 60_000);

// --- what the demo shows ----------------------------------------------------------------------------------------

heading('1. The flags of features.yaml, for three users');
await table(client);

heading('2. new-checkout for 1,000 users: a rollout of 20 %');
const before = await usersWithNewCheckout();
console.log(`on for ${before.size} of 1,000 users`);

heading('3. The file is edited while the app runs: 20 % becomes 60 %');
const edited = readFileSync(path, 'utf8')
  .replace('80000 # 80 %', '40000 # 40 %')
  .replace('20000 # 20 %', '60000 # 60 %');
const changed = await edit(edited, ProviderEvents.ConfigurationChanged);
console.log(
  `PROVIDER_CONFIGURATION_CHANGED after ${changed.after} ms: ${(changed.details as { flagsChanged?: string[] } | undefined)?.flagsChanged?.join(', ')}`,
);
const after = await usersWithNewCheckout();
const kept = [...before].filter((user) => after.has(user)).length;
console.log(`on for ${after.size} of 1,000 users; of the ${before.size} who had it, ${kept} still have it`);
await table(client, ['new-checkout']);
console.log('\nwhy, for alice:');
console.log(formatExplanation(explain(flags.snapshot!, 'new-checkout', users.alice), '  '));

heading('4. A broken edit: the last good flags go on serving');
const broken = await edit(edited.replace('    type: string', '\ttype: string'), ProviderEvents.Stale);
console.log(`PROVIDER_STALE after ${broken.after} ms:`);
console.log(`  ${broken.details?.message?.replaceAll(folder, '.').replaceAll('\n', '\n  ')}`);
await table(client, ['theme', 'new-checkout']);

heading('5. The mend: basic-analytics is switched off as well');
const mended = await edit(
  edited.replace(/(basic-analytics:\n.*\n.*\n {4}enabled: )true/, '$1false'),
  ProviderEvents.Ready,
);
console.log(`PROVIDER_READY after ${mended.after} ms`);
await table(client, ['basic-analytics', 'advanced-analytics']);

await OpenFeature.close();
await flags.close();
clearInterval(server);

// --- helpers ----------------------------------------------------------------------------------------------------

function heading(text: string): void {
  console.log(`\n${text}\n${'─'.repeat(text.length)}`);
}

async function table(
  client: Client,
  keys = ['new-dashboard', 'theme', 'new-checkout', 'premium-features', 'advanced-analytics'],
): Promise<void> {
  for (const key of keys) {
    for (const [name, context] of Object.entries(users)) {
      const details =
        key === 'theme'
          ? await client.getStringDetails(key, 'light', context)
          : await client.getBooleanDetails(key, false, context);
      const { ruleId, prerequisiteKey } = details.flagMetadata;
      const because =
        ruleId !== undefined ? ` by rule ${ruleId}` : prerequisiteKey !== undefined ? ` by ${prerequisiteKey}` : '';
      console.log(`${key.padEnd(20)}${name.padEnd(7)}${String(details.value).padEnd(7)}${details.reason}${because}`);
    }
  }
}

async function usersWithNewCheckout(): Promise<Set<string>> {
  const found = new Set<string>();
  for (let i = 0; i < 1000; i++) {
    const targetingKey = `user-${i}`;
    if (await client.getBooleanValue('new-checkout', false, { targetingKey })) found.add(targetingKey);
  }
  return found;
}

/** Writes the file and waits for the event it causes. */
function edit(text: string, event: ProviderEvents): Promise<{ details: EventDetails | undefined; after: number }> {
  return new Promise((resolve) => {
    const handled = new AbortController();
    let started = Number.POSITIVE_INFINITY;
    client.addHandler(
      event,
      (details) => {
        // a handler is called at once if the provider is in that state already
        if (performance.now() < started) return;
        handled.abort();
        resolve({ details, after: Math.round(performance.now() - started) });
      },
      { signal: handled.signal },
    );
    setImmediate(() => {
      started = performance.now();
      writeFileSync(path, text);
    });
  });
}
