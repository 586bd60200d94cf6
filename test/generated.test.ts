import { compile } from 'json-schema-to-typescript';
import { describe, expect, it } from 'vitest';
import { documentSchema } from '../packages/core/src/schema.ts';
import { configSchema } from '../packages/flagwright/src/config-schema.ts';
import { schemaSql } from '../packages/sources/src/postgres/schema.ts';
import { grafanaDashboard, prometheusRules, prometheusRuleTests } from '../packages/telemetry/src/dashboards/index.ts';

// Everything here is written from one definition, in a `schema.ts` or a table: `pnpm generate` rewrites it, the test
// compares it.

const BANNER = '// Generated from schema.ts by `pnpm generate`; do not edit.\n';

describe('generated files are up to date', () => {
  it('document.generated.ts: the TypeScript types', async () => {
    const types = await compile(structuredClone(documentSchema) as object, 'FlagDocument', {
      bannerComment: BANNER,
      additionalProperties: false,
      unreachableDefinitions: true,
      ignoreMinAndMaxItems: true,
      style: { singleQuote: true, printWidth: 120 },
    });
    // optional means "may be left out or undefined"; readonly because documents are never written to
    const readonly = types
      .replace(/ \*\n \* This interface was referenced by .*\n \* via the `definition` .*\n/g, '')
      .replace(/^(\s+)(\[?[\w$]+(?:: string\])?\??:)/gm, '$1readonly $2')
      .replace(/: ([A-Za-z]+)\[\];/g, ': readonly $1[];')
      .replace(/: \(([^()]+)\)\[\];/g, ': readonly ($1)[];')
      .replace(/(\| |= )([A-Za-z]+)\[\]/g, '$1readonly $2[]');
    await expect(readonly).toMatchFileSnapshot('../packages/core/src/document.generated.ts');
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
