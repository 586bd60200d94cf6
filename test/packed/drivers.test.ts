import { beforeAll, describe, expect, it } from 'vitest';
import { type PackedProject, packedProject } from '../support/packed-project.ts';

// A project that has none of the drivers: what does not need one works, and what does says which package to install.

const PROGRAM = `
import { OpenFeature } from '@openfeature/server-sdk';
import { openProvider } from 'flagwright';

const configs = {
  memory: { overrides: { a: true } },
  postgres: { provider: 'postgres', postgres: { url: 'postgres://user:hunter2@127.0.0.1:1/db' } },
  redis: { provider: 'redis', redis: { url: 'redis://:hunter2@127.0.0.1:1' } },
  launchdarkly: { provider: 'launchdarkly', launchdarkly: { sdkKey: 'sdk-hunter2' } },
  unleash: { provider: 'unleash', unleash: { url: 'http://127.0.0.1:1/api', token: 'hunter2' } },
};
const said = {};
for (const [name, config] of Object.entries(configs)) {
  const provider = openProvider(config);
  said[name] = await OpenFeature.setProviderAndWait(name, provider).then(() => 'ready', ({ message }) => message);
}
console.log(JSON.stringify(said));
await OpenFeature.close();
`;

let project: PackedProject;
beforeAll(async () => {
  project = await packedProject();
});

describe('without drivers', () => {
  it('each that needs one names it', async () => {
    project.write('drivers.mjs', PROGRAM);
    const { code, stdout, stderr } = await project.run(20, 'drivers.mjs');
    expect(code, stderr).toBe(0);
    const said = JSON.parse(stdout) as Record<string, string>;
    expect(said.memory).toBe('ready');
    expect(said.postgres).toContain('npm install pg');
    expect(said.redis).toContain('npm install ioredis');
    expect(said.launchdarkly).toContain('npm install @launchdarkly/node-server-sdk');
    expect(said.unleash).toContain('npm install unleash-client');
    expect(stdout + stderr).not.toContain('hunter2');
  });
});
