import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OpenFeature, type Provider } from '@openfeature/server-sdk';
import { afterEach, beforeEach, vi } from 'vitest';

/** A folder of its own for each test, which is where the process seems to run. */
export function workingFolder(): { readonly path: string; write(name: string, text: string): string } {
  let path = '';
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), 'flagwright-'));
    vi.spyOn(process, 'cwd').mockReturnValue(path);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    rmSync(path, { recursive: true });
  });
  return {
    get path() {
      return path;
    },
    write(name, text) {
      const file = join(path, name);
      // as editors do
      writeFileSync(`${file}~`, text);
      renameSync(`${file}~`, file);
      return file;
    },
  };
}

let n = 0;
/** A client on a domain of its own, of a provider that is ready. */
export async function clientOf(provider: Provider): Promise<ReturnType<typeof OpenFeature.getClient>> {
  const domain = `flagwright-${n++}`;
  await OpenFeature.setProviderAndWait(domain, provider);
  return OpenFeature.getClient(domain);
}

afterEach(async () => {
  await OpenFeature.clearProviders();
});
