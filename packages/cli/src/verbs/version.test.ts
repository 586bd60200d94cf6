import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { ran } from '../../test/world.ts';
import { VERSION } from '../version.generated.ts';

const packageFile = new URL('../../package.json', import.meta.url);

it('version.generated.ts is that of the package', async () => {
  const { version } = JSON.parse(await readFile(packageFile, 'utf8')) as { readonly version: string };
  const text = `// Generated from package.json by \`pnpm generate\`; do not edit.\nexport const VERSION = '${version}';\n`;
  await expect(text).toMatchFileSnapshot('../version.generated.ts');
});

it.each([
  [['version'], `flagctl ${VERSION}\n`],
  [['--version'], `flagctl ${VERSION}\n`],
  [['version', '-o', 'name'], `${VERSION}\n`],
  [['version', '-o', 'yaml'], `version: ${VERSION}\n`],
  [['version', '-o', 'json'], `{\n  "version": "${VERSION}"\n}\n`],
])('%j', async (args, out) => {
  expect(await ran(args)).toEqual({ code: 0, out, err: '' });
});
