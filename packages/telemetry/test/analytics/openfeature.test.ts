import { flagProvider } from '@flagwright/provider';
import { memoryStore } from '@flagwright/sources/memory';
import { OpenFeature } from '@openfeature/server-sdk';
import { afterEach, expect, it } from 'vitest';
import { analytics } from '../../src/analytics/analytics.ts';
import { type AuditEntry, auditLog } from '../../src/analytics/audit-log.ts';
import type { AnalyticsEvent } from '../../src/analytics/event.ts';
import { exposures } from '../../src/analytics/exposures.ts';
import { observe } from '../../src/observe.ts';
import { heldExporter } from './support.ts';

afterEach(async () => {
  await OpenFeature.close();
  OpenFeature.clearHooks();
});

it('through OpenFeature, evaluations come by the hook and what is tracked by the provider, each once', async () => {
  const [exporter, audited] = [
    heldExporter<AnalyticsEvent>(() => undefined),
    heldExporter<AuditEntry>(() => undefined),
  ];
  const events = analytics({ exporters: [exporter], context: ['plan'] });
  const audit = auditLog(audited);
  const sinks = [exposures(events), audit];
  OpenFeature.addHooks(observe(...sinks));
  const source = memoryStore({
    flags: {
      theme: {
        type: 'string',
        variants: { light: '#fff', dark: '#000' },
        rules: [{ id: 'pro', clauses: [{ attribute: 'plan', operator: 'eq', values: ['pro'] }], variation: 'dark' }],
        defaultVariant: 'light',
      },
    },
  });
  await OpenFeature.setProviderAndWait(flagProvider(source, { sinks }));
  const client = OpenFeature.getClient();
  const context = { targetingKey: 'user', plan: 'pro', email: 'a@example.com' };
  for (let i = 0; i < 3; i++) expect(await client.getStringValue('theme', 'none', context)).toBe('#000');
  expect(await client.getObjectValue('nowhere', { own: [1] }, context)).toEqual({ own: [1] });
  client.track('purchase', context, { value: 49.9, currency: 'EUR' });

  // has the sinks send on what they hold
  await OpenFeature.close();
  const common = { user_key: 'user', context: { plan: 'pro' } };
  expect(exporter.taken).toMatchObject([
    {
      ...common,
      kind: 'evaluation',
      flag_key: 'theme',
      value: '#000',
      variation_idx: 1,
      reason: 'RULE_MATCH',
      rule_id: 'pro',
    },
    { ...common, kind: 'evaluation', flag_key: 'nowhere', value: { own: [1] }, variation_idx: -1, reason: 'ERROR' },
    { ...common, kind: 'custom', event: 'purchase', data: { value: 49.9, currency: 'EUR' } },
  ]);
  expect(JSON.stringify(exporter.taken)).not.toContain('example.com');
  await audit.flush();
  expect(audited.taken).toMatchObject([
    ...Array.from({ length: 3 }, () => ({ flag_key: 'theme', variant: 'dark', type: 'string' })),
    { flag_key: 'nowhere', error_code: 'FLAG_NOT_FOUND', type: 'object' },
  ]);
  await Promise.all([events.close(), audit.close()]);
});
