import { compile } from 'json-schema-to-typescript';
import { describe, expect, it } from 'vitest';
import { documentSchema } from '../packages/core/src/schema.ts';
import { configSchema } from '../packages/flagwright/src/config-schema.ts';
import { DEFINITIONS } from '../packages/server/src/schema/definitions.ts';
import { schemaSql } from '../packages/sources/src/postgres/schema.ts';
import { grafanaDashboard, prometheusRules, prometheusRuleTests } from '../packages/telemetry/src/dashboards/index.ts';

// Everything here is written from one definition, in a `schema.ts` or a table: `pnpm generate` rewrites it, the test
// compares it.

const BANNER = '// Generated from schema.ts by `pnpm generate`; do not edit.\n';

/** TypeScript of a schema; readonly, because what is read is never written to. */
async function typesOf(schema: unknown, name: string, banner: string): Promise<string> {
  const types = await compile(structuredClone(schema) as object, name, {
    bannerComment: banner,
    additionalProperties: false,
    unreachableDefinitions: true,
    ignoreMinAndMaxItems: true,
    style: { singleQuote: true, printWidth: 120 },
  });
  return types
    .replace(/ \*\n \* This interface was referenced by .*\n \* via the `definition` .*\n/g, '')
    .replace(/^(\s+)(\[?[\w$]+(?:: string\])?\??:)/gm, '$1readonly $2')
    .replace(/: ([A-Za-z]+)\[\];/g, ': readonly $1[];')
    .replace(/: \(([^()]+)\)\[\];/g, ': readonly ($1)[];')
    .replace(/: ([A-Za-z]+)\[\] \|/g, ': readonly $1[] |')
    .replace(/(\| |= )([A-Za-z]+)\[\]/g, '$1readonly $2[]');
}

describe('generated files are up to date', () => {
  it('document.generated.ts: the TypeScript types', async () => {
    const types = await typesOf(documentSchema, 'FlagDocument', BANNER);
    await expect(types).toMatchFileSnapshot('../packages/core/src/document.generated.ts');
  });

  it('resources.generated.ts: the TypeScript types of the control plane', async () => {
    // what core has defined is imported from there
    const known = new Map<string, string>(
      Object.entries(documentSchema.definitions!).flatMap(([name, { title }]) =>
        title === undefined ? [] : [[`#/definitions/${name}`, title] as const],
      ),
    );
    const own = Object.entries(DEFINITIONS).filter(([name]) => !Object.hasOwn(documentSchema.definitions!, name));
    const used = new Set<string>();
    const text = JSON.stringify({ title: 'Resources', definitions: Object.fromEntries(own) }, (_, value: unknown) => {
      const title = known.get(String((value as { readonly $ref?: string } | null)?.$ref));
      if (title === undefined) return value;
      used.add(title);
      return { tsType: title };
    });
    const imports = `import type { ${[...used].sort().join(', ')} } from '@flagwright/core';\n`;
    const banner = '// Generated from definitions.ts by `pnpm generate`; do not edit.\n';
    const types = await typesOf(JSON.parse(text), 'Resources', `${banner}\n${imports}`);
    const root = /\n\/\*\*[^/]*?\*\/\nexport interface Resources \{[^}]*\}|\nexport interface Resources \{[^}]*\}/;
    await expect(types.replace(root, '')).toMatchFileSnapshot('../packages/server/src/schema/resources.generated.ts');
  });

  it('flags.schema.json: the schema for editors', async () => {
    const published = JSON.stringify(documentSchema, (key, value) => (key === 'tsType' ? undefined : value), 2);
    await expect(`${published}\n`).toMatchFileSnapshot('../packages/core/schema/flags.schema.json');
  });

  it('postgres.sql: the schema of flags in PostgreSQL', async () => {
    await expect(schemaSql()).toMatchFileSnapshot('../packages/sources/sql/postgres.sql');
  });

  it('flagwright.schema.json: the schema of flagwright.yaml, for editors', async () => {
    const path = '../packages/flagwright/schema/flagwright.schema.json';
    await expect(`${JSON.stringify(configSchema(), null, 2)}\n`).toMatchFileSnapshot(path);
  });

  it('feature-flags.*: the dashboard and the alerts of the usual namespace', async () => {
    const folder = '../packages/telemetry/dashboards/feature-flags';
    await expect(`${JSON.stringify(grafanaDashboard(), null, 2)}\n`).toMatchFileSnapshot(`${folder}.dashboard.json`);
    await expect(prometheusRules()).toMatchFileSnapshot(`${folder}.rules.yaml`);
    await expect(prometheusRuleTests()).toMatchFileSnapshot(`${folder}.rules.test.yaml`);
  });
});
