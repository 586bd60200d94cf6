import type { FlagDefinition } from '@flagwright/core';
import { postgresStore } from '@flagwright/sources/postgres';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { effectiveFlag } from '../../src/publish/effective.ts';
import { type Api, good } from '../api.ts';
import { ENGINES, type OpenedDatabase } from '../database/engines.ts';
import { apiWithHistory, freshProject } from './world.ts';

type Step =
  | { readonly kind: 'put'; readonly spec: Readonly<Record<string, unknown>> }
  | { readonly kind: 'patch'; readonly spec: Readonly<Record<string, unknown>> }
  | { readonly kind: 'delete' }
  | { readonly kind: 'rollback'; readonly back: number }
  | { readonly kind: 'flag'; readonly description: string };

const member = fc.record(
  {
    enabled: fc.boolean(),
    defaultVariant: fc.constantFrom('on', 'off'),
    offVariant: fc.constantFrom('on', 'off'),
    targeting: fc.constantFrom(
      { if: [{ '==': [{ var: 'user-tier' }, 'premium'] }, 'on', 'off'] },
      { if: [true, 'on'] },
    ),
  },
  { requiredKeys: [] },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), spec: member }),
  fc.record({
    kind: fc.constant('patch' as const),
    spec: fc.oneof(member, fc.constantFrom({ targeting: null }, { defaultVariant: null }, { enabled: null })),
  }),
  fc.record({ kind: fc.constant('delete' as const) }),
  fc.record({ kind: fc.constant('rollback' as const), back: fc.nat(12) }),
  fc.record({ kind: fc.constant('flag' as const), description: fc.constantFrom('one', 'two') }),
);

/** At least this one comes to a rollback. */
const ROLLED_BACK: Step[] = [
  { kind: 'put', spec: { enabled: true } },
  { kind: 'delete' },
  { kind: 'rollback', back: 1 },
  { kind: 'put', spec: { enabled: false } },
];

/** Sets keep variants as a list, for jsonb does not keep the order of a map. */
function asPublished({ variants, ...flag }: FlagDefinition): object {
  return { ...flag, variants: Object.entries(variants ?? {}).map(([name, value]) => ({ name, value })) };
}

describe.each(ENGINES)('any sequence of changes on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let api: Api;

  beforeAll(async () => {
    opened = await open();
    api = apiWithHistory(opened.database);
  });
  afterAll(() => opened.end());

  it('leaves a history without gaps, and publishes what is stored', async () => {
    let rolledBack = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
        const { base, project } = await freshProject(api);
        const item = `${base}/stages/dev/feature-flags/checkout`;
        const history = async () => (await api.ask('GET', `${item}/history?pageSize=1000`)).body.items ?? [];

        for (const one of steps) {
          if (one.kind === 'put') await good(api.ask('PUT', item, { spec: one.spec }));
          else if (one.kind === 'patch') await good(api.ask('PATCH', item, { spec: one.spec }));
          else if (one.kind === 'flag') {
            await good(api.ask('PATCH', `${base}/feature-flags/checkout`, { spec: { description: one.description } }));
          } else if (one.kind === 'delete') {
            expect([200, 404]).toContain((await api.ask('DELETE', item)).status);
          } else {
            const found = await history();
            const entry = found[one.back % found.length];
            if (entry === undefined) continue;
            const { status, body } = await api.ask('POST', `${item}/rollback`, { version: entry.version });
            expect(status).toBe(entry.after === null ? 409 : 200);
            if (status !== 200) continue;
            rolledBack++;
            expect(body.spec).toEqual(entry.after.spec);
          }
        }

        const entries = await history();
        const now = await api.ask('GET', item);
        expect(entries[0]?.after?.spec).toEqual(now.status === 200 ? now.body.spec : undefined);
        if (now.status === 200) expect(entries[0].version).toBe(now.body.version);
        for (const [i, entry] of entries.entries()) {
          const previous = entries[i + 1];
          expect(entry.before).toEqual(previous?.after ?? null);
          expect(JSON.stringify(entry.before)).not.toBe(JSON.stringify(entry.after));
          if (previous !== undefined) expect(BigInt(entry.version) > BigInt(previous.version)).toBe(true);
        }

        const flag = (await good(api.ask('GET', `${base}/feature-flags/checkout`))).body.spec;
        const store = postgresStore({ pool: opened.database.pool, project, stage: 'dev' });
        try {
          const { flags } = (await store.read()).document;
          const published = (flags as ReadonlyMap<string, unknown>).get('checkout');
          const definition = now.status === 200 ? now.body.spec : undefined;
          expect(published).toEqual(asPublished(effectiveFlag(flag, definition)));
        } finally {
          await store.close?.();
        }
      }),
      { numRuns: 12, examples: [[ROLLED_BACK]] },
    );
    expect(rolledBack).toBeGreaterThan(0);
  }, 120_000);
});
