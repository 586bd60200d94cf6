import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { flagProvider } from '@flagwright/provider';
import { createServer } from '@flagwright/server';
import { httpSource } from '@flagwright/sources/http';
import { OpenFeature } from '@openfeature/server-sdk';
import { changedBy } from '../changed-by.js';

// Payments fail, and it is the new checkout: flagctl switches it off in production, past the protection, and a running
// application sees it at once. Then somebody asks who it was.

const folder = await mkdtemp(join(tmpdir(), 'emergency-'));
const server = await createServer({ dataDirectory: folder, log: () => {} });
const { url } = await server.listen();

const bin = fileURLToPath(new URL('dist/bin.js', import.meta.resolve('@flagwright/cli/package.json')));
const env = { PATH: process.env.PATH, HOME: folder, FLAGCTL_SERVER: url, FLAGCTL_TOKEN: server.firstToken };

/** Runs a command line as somebody would type it, and shows what it says. */
async function flagctl(line: string): Promise<void> {
  console.log(`$ flagctl ${line}`);
  const args = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word!);
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [bin, ...args], { env }).catch(
    (failed: { readonly stdout: string; readonly stderr: string }) => failed,
  );
  process.stdout.write(`${stdout}${stderr}\n`);
}

try {
  await flagctl('create project shop');
  await flagctl('link stage production --project shop');
  await flagctl('create ff new-checkout --project shop --type BOOLEAN');
  await flagctl('patch ffs new-checkout --project shop --stage production --enabled=true --default-variant=on');
  await flagctl('patch project-stage production --project shop --require-change-request=true');

  const source = httpSource({ url: `${url}/sets/shop/production`, token: server.firstToken! });
  await OpenFeature.setProviderAndWait(flagProvider(source));
  const app = OpenFeature.getClient();
  console.log(`the application: new-checkout is ${await app.getBooleanValue('new-checkout', false)}\n`);

  await flagctl('patch ffs new-checkout --project shop --stage production --enabled=false');
  const heard = changedBy(app, () => {});
  await flagctl(
    'patch ffs new-checkout --project shop --stage production --enabled=false --force --comment "INC-7: payments fail"',
  );
  await heard;
  console.log(`the application: new-checkout is ${await app.getBooleanValue('new-checkout', false)}\n`);
  await flagctl('history ffs new-checkout --project shop --stage production --diff');
} finally {
  await OpenFeature.close();
  await server.close();
  await rm(folder, { recursive: true });
}
