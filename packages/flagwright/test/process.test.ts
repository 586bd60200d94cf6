import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleProgram, type Program } from '@flagwright/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// The provider in a process of its own: what is loaded, what is asked of the network, and whether it ends.

const VENDORS = ['@launchdarkly/node-server-sdk', 'launchdarkly-node-server-sdk', 'unleash-client'];
const external = ['pg', 'ioredis', ...VENDORS, '@openfeature/server-sdk'];

let program: Program;
let work: string;
/** Accepts everything, and answers nothing. */
const silent = createServer((socket) => socket.on('error', () => undefined));
let port: number;

beforeAll(async () => {
  program = await bundleProgram({
    file: fileURLToPath(new URL('process.program.ts', import.meta.url)),
    external,
    nodeModules: fileURLToPath(new URL('../node_modules', import.meta.url)),
  });
  work = join(program.folder, 'work');
  mkdirSync(work);
  writeFileSync(join(work, 'features.yaml'), 'flags: { greeting: { type: string, default: hello } }\n');
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  port = (silent.address() as AddressInfo).port;
}, 60_000);

afterAll(() => {
  silent.close();
  program.remove();
  rmSync(work, { recursive: true, force: true });
});

interface Said {
  readonly started: string;
  readonly value: string;
  readonly reason: string;
  readonly loaded: readonly string[];
  readonly asked: number;
}

/** Runs the program; it must end by itself. */
function run(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Said> {
  return new Promise((resolve, reject) => {
    const options = { cwd: work, env: { PATH: process.env.PATH!, ...env }, timeout: 15_000 };
    execFile(process.execPath, ['--no-warnings', program.path, ...args], options, (error, stdout, stderr) => {
      if (error !== null) reject(new Error(`${error.message}\n${stderr}`));
      else resolve(JSON.parse(stdout) as Said);
    });
  });
}

/** Variables under which each provider would ask the network. */
const remote = (): Readonly<Record<string, Readonly<Record<string, string>>>> => ({
  postgres: { FEATURE_POSTGRES_URL: `postgres://user:hunter2@127.0.0.1:${port}/db` },
  redis: { FEATURE_REDIS_URL: `redis://:hunter2@127.0.0.1:${port}` },
  http: { FEATURE_HTTP_URL: `http://127.0.0.1:${port}/`, FEATURE_HTTP_TOKEN: 'hunter2' },
  launchdarkly: {
    LAUNCHDARKLY_SDK_KEY: 'sdk-hunter2',
    LAUNCHDARKLY_BASE_URL: `http://127.0.0.1:${port}`,
    // its client waits eleven seconds for a server of events that never answers, and nothing can end that
    FEATURE_SEND_EVENTS: 'false',
  },
  unleash: { UNLEASH_URL: `http://127.0.0.1:${port}/api`, UNLEASH_API_TOKEN: 'hunter2' },
});

describe.each(['memory', 'env', 'file'])('%s', (provider) => {
  it('loads no driver, asks no network, and keeps no process alive', async () => {
    const said = await run({ FEATURE_PROVIDER: provider });
    expect(said).toMatchObject({ started: 'ready', loaded: [], asked: 0 });
    expect(said.value).toBe(provider === 'file' ? 'hello' : 'fallback');
  });
});

const DRIVER: Readonly<Record<string, readonly string[]>> = {
  postgres: ['pg'],
  redis: ['ioredis'],
  http: [],
  launchdarkly: ['@launchdarkly/node-server-sdk'],
  unleash: ['unleash-client'],
};

describe.each(Object.keys(DRIVER))('%s', (provider) => {
  it('that never answers: only its own driver, a start that is bounded, and a process that ends', async () => {
    const env = { FEATURE_PROVIDER: provider, FEATURE_START_TIMEOUT: '300ms', ...remote()[provider] };
    const said = await run(env, 'close');
    expect(said).toMatchObject({ value: 'fallback', reason: 'ERROR', loaded: DRIVER[provider] });
    expect(said.started).toContain('within 300 ms');
    expect(said.asked).toBeGreaterThan(0);
    expect(JSON.stringify(said)).not.toContain('hunter2');
  });

  it('offline: no driver, and no socket', async () => {
    const env = { FEATURE_PROVIDER: provider, FEATURE_OFFLINE: 'true', ...remote()[provider] };
    const said = await run(env);
    expect(said).toEqual({ started: 'ready', value: 'fallback', reason: 'DEFAULT', loaded: [], asked: 0 });
  });
});
