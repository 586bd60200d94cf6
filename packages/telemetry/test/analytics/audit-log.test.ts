import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AuditEntry, type AuditLogOptions, auditLog } from '../../src/analytics/audit-log.ts';
import { toJson } from '../../src/analytics/json.ts';
import { eventMetrics, heldExporter, record, warnings } from './support.ts';

let said: readonly string[];
beforeEach(() => {
  said = warnings();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const taken = (): undefined => undefined;

async function entriesOf(
  records: readonly Parameters<ReturnType<typeof auditLog>>[0][],
  options: AuditLogOptions = {},
): Promise<readonly AuditEntry[]> {
  const exporter = heldExporter<AuditEntry>(taken);
  const log = auditLog(exporter, options);
  for (const one of records) log(one);
  await log.flush();
  await log.close();
  return exporter.taken;
}

describe('an entry of the audit log', () => {
  it('has the event and how it came about', async () => {
    const context = { targetingKey: 'user', plan: 'pro', email: 'a@example.com' };
    const [ruled, shape] = await entriesOf(
      [record('ruled', context, { type: 'string', duration: 0.25 }), record('shape', context)],
      { context: ['plan'] },
    );
    expect(ruled).toEqual({
      kind: 'evaluation',
      timestamp: '1970-01-01T00:00:00.000Z',
      flag_key: 'ruled',
      user_key: 'user',
      value: 'red',
      variation_idx: 1,
      reason: 'RULE_MATCH',
      rule_id: 'pro',
      in_experiment: false,
      context: { plan: 'pro' },
      duration_ms: 0.25,
      type: 'string',
      variant: 'red',
    });
    expect(shape).toMatchObject({ revision: 7, value: { deep: { list: [1, 2] } }, duration_ms: 0.5 });
    for (const name of ['type', 'variant', 'error_code', 'error_message']) expect(shape).not.toHaveProperty(name);
  });

  const telling = (): ReturnType<typeof record> => {
    const failed = record('nowhere', { key: 'anna', email: 'a@example.com' }, { value: 1 });
    const evaluation = { ...failed.evaluation, errorMessage: 'targeting yields "a@example.com" for anna' };
    return { ...failed, evaluation: evaluation as never };
  };

  it('of a failure has its code, and no text, which might show attributes and keys', async () => {
    const [entry] = await entriesOf([telling()]);
    expect(entry).toMatchObject({ error_code: 'FLAG_NOT_FOUND', reason: 'ERROR', value: 1 });
    expect(entry).not.toHaveProperty('error_message');
    expect(toJson(entry)).not.toContain('a@example.com');
  });

  it('has the text of a failure if so wanted, bounded', async () => {
    const huge = { ...telling().evaluation, errorMessage: '!'.repeat(10_000_000) };
    const [entry, long] = await entriesOf([telling(), { ...telling(), evaluation: huge as never }], {
      errorMessages: true,
    });
    expect(entry!.error_message).toBe('targeting yields "a@example.com" for anna');
    expect(long!.error_message).toBe('!'.repeat(1_024));
  });

  it('never has both hashed keys and texts that may show them', async () => {
    const hashUserKeys = { secret: 'x'.repeat(32) };
    expect(() => auditLog(heldExporter(), { hashUserKeys, errorMessages: true })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('errorMessages') }),
    );
    const [entry] = await entriesOf([telling()], { hashUserKeys });
    expect(toJson(entry)).not.toContain('anna');
  });

  it('is made of every evaluation, the same one again and again, and of nothing else', async () => {
    const same = record('on', { key: 'user' });
    const entries = await entriesOf([
      ...Array.from({ length: 20_000 }, () => same),
      { kind: 'track', event: 'x', context: {}, data: {}, at: 0 },
    ]);
    expect(entries).toHaveLength(20_000);
  });

  it('from a provider whose answers are not what their types say is made all the same', async () => {
    const on = record('on');
    const evaluation = { ...on.evaluation, variant: 5, ruleId: { a: 1 }, errorCode: 'GENERAL', errorMessage: null };
    const [entry] = await entriesOf([{ ...on, evaluation: evaluation as never }], { errorMessages: true });
    expect(entry).toMatchObject({ variant: '5', rule_id: '{"a":1}', error_message: 'null' });
  });
});

it('what does not fit is dropped loudly', async () => {
  vi.useFakeTimers();
  const exporter = heldExporter<AuditEntry>();
  const metrics = eventMetrics();
  const log = auditLog(exporter, { maxQueue: 10, maxBatch: 1, exportTimeout: 20_000, metrics });
  for (let minute = 0; minute < 5; minute++) {
    for (let i = 0; i < 100; i++) log(record('on', {}, { at: i }));
    await vi.advanceTimersByTimeAsync(60_000);
  }
  expect(log.counts()).toMatchObject({ added: 500, dropped: 489, queued: 11 });
  expect(metrics.events).toEqual({ 'held dropped': 489 });
  const still = said.filter((text) => text.includes('still cannot keep up'));
  expect(said[0]).toContain('its queue is full');
  expect(still).toHaveLength(4);
  expect(still.at(-1)).toMatch(/: 390 events have been dropped since it began$/);
  exporter.answer = taken;
  const closing = log.close();
  await vi.advanceTimersByTimeAsync(60_000);
  await closing;
});

it('options are those of a queue', () => {
  expect(() => auditLog(heldExporter(), { maxQueue: 0 })).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
  );
  expect(() => auditLog(undefined as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  expect(() => auditLog(heldExporter(), { context: 'all' as never })).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
  );
  expect(process.listenerCount('beforeExit')).toBe(0);
});
