import { unlinkSync } from 'node:fs';
import { ProviderEvents, ProviderStatus } from '@openfeature/server-sdk';
import { providerFromEnv } from 'flagwright';
import { describe, expect, it, vi } from 'vitest';
import { clientOf, workingFolder } from './support.ts';

const folder = workingFolder();
const flags = (n: number): string => `flags: { size: { type: int, default: ${n} } }\n`;

describe('a file of configuration is followed', () => {
  it('an edit replaces the backend; one that cannot be used changes nothing and is told once', async () => {
    folder.write('a.yaml', flags(1));
    folder.write('b.yaml', flags(2));
    const path = folder.write('flagwright.yaml', `provider: file\nfile: { path: ${folder.path}/a.yaml }\n`);
    const errors: string[] = [];
    const provider = providerFromEnv(
      { FEATURE_CONFIG: path },
      { onConfigError: (error) => void errors.push(error.message) },
    );
    const client = await clientOf(provider);
    const size = (): Promise<number> => client.getNumberValue('size', 0);
    const changed = vi.fn();
    client.addHandler(ProviderEvents.ConfigurationChanged, (details) => changed(details?.flagsChanged));
    expect(await size()).toBe(1);

    folder.write('flagwright.yaml', `provider: file\nfile: { path: ${folder.path}/b.yaml }\n`);
    await vi.waitFor(async () => expect(await size()).toBe(2));
    await vi.waitFor(() => expect(changed.mock.calls).toEqual([[['size']]]));

    folder.write('flagwright.yaml', 'provider: fil\n');
    await vi.waitFor(() => expect(errors).toHaveLength(1));
    expect(errors[0]).toMatch(/flagwright\.yaml:1:11 error provider: "fil" is not known/);
    folder.write('flagwright.yaml', 'provider: fil\n# again\n');
    folder.write('flagwright.yaml', 'provider: [\n');
    await vi.waitFor(() => expect(errors.length).toBeGreaterThan(1));
    folder.write('flagwright.yaml', `provider: file\nfile: { path: ${folder.path}/nowhere.yaml }\n`);
    await vi.waitFor(() => expect(errors.at(-1)).toMatch(/file could not be started, and file stays in use/));
    expect([await size(), client.providerStatus]).toEqual([2, ProviderStatus.READY]);

    folder.write('flagwright.yaml', `provider: memory\noverrides: { size: 3 }\n`);
    await vi.waitFor(async () => expect(await size()).toBe(3));
    expect(client.metadata.providerMetadata).toMatchObject({ resolver: 'memory' });
    unlinkSync(path);
    await vi.waitFor(() => expect(errors.at(-1)).toContain('there is no such file'));
    expect(await size()).toBe(3);
  });

  it('one that becomes empty is being written: nothing changes', async () => {
    folder.write('a.yaml', flags(1));
    const path = folder.write('flagwright.yaml', `provider: file\nfile: { path: ${folder.path}/a.yaml }\n`);
    const errors: string[] = [];
    const onConfigError = (error: Error): void => void errors.push(error.message);
    const client = await clientOf(providerFromEnv({ FEATURE_CONFIG: path }, { onConfigError }));
    for (const empty of ['', '# nothing\n']) {
      errors.length = 0;
      folder.write('flagwright.yaml', empty);
      if (empty === '') await vi.waitFor(() => expect(errors).toEqual([expect.stringContaining('became empty')]));
      expect(client.metadata.providerMetadata).toMatchObject({ resolver: 'file' });
    }
    folder.write('flagwright.yaml', 'provider: memory\noverrides: { size: 5 }\n');
    await vi.waitFor(async () => expect(await client.getNumberValue('size', 0)).toBe(5));
  });

  it('does not undo what code has configured since', async () => {
    const path = folder.write('flagwright.yaml', 'provider: memory\noverrides: { size: 1 }\n');
    const provider = providerFromEnv({ FEATURE_CONFIG: path });
    const client = await clientOf(provider);
    await provider.configure({ overrides: { size: 2 } });
    folder.write('flagwright.yaml', 'provider: memory\noverrides: { size: 1 } # looked at again\n');
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(await client.getNumberValue('size', 0)).toBe(2);
    folder.write('flagwright.yaml', 'provider: memory\noverrides: { size: 3 }\n');
    await vi.waitFor(async () => expect(await client.getNumberValue('size', 0)).toBe(3));
  });

  it('variables win over it', async () => {
    folder.write('a.yaml', flags(1));
    const path = folder.write('flagwright.yaml', 'provider: redis\n');
    const env = { FEATURE_CONFIG: path, FEATURE_PROVIDER: 'file', FEATURE_FILE_PATH: `${folder.path}/a.yaml` };
    expect(await (await clientOf(providerFromEnv(env))).getNumberValue('size', 0)).toBe(1);
  });

  it('an edit mends a start that failed', async () => {
    const path = folder.write('flagwright.yaml', `provider: file\nfile: { path: ${folder.path}/nowhere.yaml }\n`);
    const provider = providerFromEnv({ FEATURE_CONFIG: path });
    const ready = vi.fn();
    await expect(clientOf(provider)).rejects.toThrow('nowhere.yaml');
    provider.events!.addHandler(ProviderEvents.Ready, ready);
    folder.write('flagwright.yaml', 'provider: memory\noverrides: { size: 4 }\n');
    await vi.waitFor(() => expect(ready).toHaveBeenCalledOnce());
    expect(await provider.resolveNumberEvaluation('size', 0, {}, console)).toMatchObject({ value: 4 });
  });

  it('until it is closed', async () => {
    const path = folder.write('flagwright.yaml', 'provider: memory\n');
    const provider = providerFromEnv({ FEATURE_CONFIG: path });
    const client = await clientOf(provider);
    await provider.onClose?.();
    folder.write('flagwright.yaml', 'provider: memory\noverrides: { size: 4 }\n');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await client.getNumberValue('size', 0)).toBe(0);
  });
});
