import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, expect, it } from 'vitest';

// The resolver that `docs/write-a-resolver.md` shows is run by the contract it shows: both are written to files, with our
// packages named by their files, and imported, which declares the tests of the contract here.

const page = readFileSync(new URL('../../../docs/write-a-resolver.md', import.meta.url), 'utf8');
const shown = (what: string): string | undefined =>
  new RegExp(`^\`\`\`ts ${what}\n(.*?)^\`\`\`$`, 'ms').exec(page)?.[1];

const folder = mkdtempSync(join(tmpdir(), 'flagwright-resolver-'));
afterAll(() => rmSync(folder, { recursive: true }));

const runnable = (text: string): string =>
  text
    .replace(/'@flagwright\/([^']+)'/g, (_, name: string) => {
      return `'${fileURLToPath(new URL(`../../${name}/src/index.ts`, import.meta.url))}'`;
    })
    .replace("'./table-resolver.ts'", `'${join(folder, 'table-resolver.ts')}'`);

it('the page shows a resolver, of less than 30 lines, and its contract', () => {
  expect(shown('resolver')?.split('\n').length).toBeLessThan(30);
  expect(shown('resolver-contract')).toBeDefined();
});

writeFileSync(join(folder, 'table-resolver.ts'), runnable(shown('resolver') ?? ''));
writeFileSync(join(folder, 'table-resolver.contract.ts'), runnable(shown('resolver-contract') ?? ''));
await import(/* @vite-ignore */ pathToFileURL(join(folder, 'table-resolver.contract.ts')).href);
