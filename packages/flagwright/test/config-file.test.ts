import { unlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
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

  it('whoever is told may throw', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const path = folder.write('flagwright.yaml', 'provider: memory\noverrides: { size: 1 }\n');
    for (const onConfigError of [
      () => {
        throw new Error('told');
      },
      () => Promise.reject(new Error('told')),
    ]) {
      warn.mockClear();
      const client = await clientOf(providerFromEnv({ FEATURE_CONFIG: path }, { onConfigError }));
      folder.write('flagwright.yaml', 'provider: nope\n');
      await vi.waitFor(() => expect(warn).toHaveBeenCalledWith('onConfigError threw: told', 'FlagwrightWarning'));
      folder.write('flagwright.yaml', 'provider: memory\noverrides: { size: 2 }\n');
      await vi.waitFor(async () => expect(await client.getNumberValue('size', 0)).toBe(2));
      folder.write('flagwright.yaml', 'provider: memory\noverrides: { size: 1 }\n');
      await vi.waitFor(async () => expect(await client.getNumberValue('size', 0)).toBe(1));
    }
  });

  it('an edit does not wait for a backend that is not wanted any more', async () => {
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const path = folder.write('flagwright.yaml', 'provider: memory\n');
    const errors: string[] = [];
    const onConfigError = (error: Error): void => void errors.push(error.message);
    const client = await clientOf(providerFromEnv({ FEATURE_CONFIG: path }, { onConfigError }));
    const asked = new Promise((resolve) => server.once('request', resolve));
    folder.write('flagwright.yaml', `provider: http\nhttp: { url: '${url}' }\n`);
    await asked;
    folder.write('flagwright.yaml', 'provider: memory\noverrides: { size: 3 }\n');
    await vi.waitFor(async () => expect(await client.getNumberValue('size', 0)).toBe(3));
    expect(errors).toEqual([]);
    server.closeAllConnections();
    server.close();
  });

  it('is found though the working directory is another', async () => {
    folder.write('flagwright.yaml', 'provider: memory\noverrides: { size: 1 }\n');
    const client = await clientOf(providerFromEnv({}));
    vi.spyOn(process, 'cwd').mockReturnValue('/');
    folder.write('flagwright.yaml', 'provider: memory\noverrides: { size: 2 }\n');
    await vi.waitFor(async () => expect(await client.getNumberValue('size', 0)).toBe(2));
  });

  it('is not followed by a provider that is closed in the same turn', async () => {
    const path = folder.write('flagwright.yaml', 'provider: memory\n');
    const provider = providerFromEnv({ FEATURE_CONFIG: path });
    const { current } = provider.resolver;
    const starting = provider.initialize!({}).catch((error: Error) => error.message);
    await provider.onClose?.();
    expect(await starting).toBe('the provider was closed');
    folder.write('flagwright.yaml', 'provider: memory\noverrides: { size: 1 }\n');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(provider.resolver.current).toBe(current);
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
