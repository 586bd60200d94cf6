import { readFileSync } from 'node:fs';

/** The version of this package; `unknown` where it was bundled without its manifest. */
export const VERSION: string = versionOf(new URL('../../package.json', import.meta.url));

function versionOf(manifest: URL): string {
  try {
    const { name, version } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly name: string; version: string };
    return name === '@flagwright/server' ? version : 'unknown';
  } catch {
    return 'unknown';
  }
}
