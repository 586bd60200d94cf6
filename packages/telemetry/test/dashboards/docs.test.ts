import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { grafanaDashboard, prometheusRules } from '../../src/dashboards/index.ts';
import { METRICS } from '../../src/metrics/table.ts';

const page = readFileSync(new URL('../../../../docs/dashboards.md', import.meta.url), 'utf8');

it('docs/dashboards.md speaks of every row and panel, and no other', () => {
  const cells = [...page.matchAll(/^\| ([^|`]*) \| ([^|`]*) \|[^|]*\|$/gm)].flatMap(([, row, panel]) => [row!, panel!]);
  const said = cells.map((cell) => cell.trim()).filter((cell) => cell !== '' && !/^(?:row|panel|-+)$/.test(cell));
  expect(said).toEqual(grafanaDashboard().panels.map(({ title }) => title));
});

it('docs/dashboards.md has what to do for every alert, and no other', () => {
  const alerts = [...prometheusRules().matchAll(/- alert: (\w+)/g)].map((match) => match[1]);
  expect([...page.matchAll(/^### (\w+)$/gm)].map((match) => match[1])).toEqual(alerts);
  expect([...page.matchAll(/^\| `(FeatureFlag\w+)` /gm)].map((match) => match[1])).toEqual(alerts);
});

it('docs/dashboards.md names only metrics that are there', () => {
  const known = Object.values(METRICS).map(({ name }) => `feature_flags_${name}`);
  const named = [...page.matchAll(/(?<!myapp_)\bfeature_flags_\w+/g)].map(([name]) => name);
  expect(named.length).toBeGreaterThan(3);
  for (const name of named) expect(known).toContain(name);
});
