import { compile, evaluate, type FlagDocument, type Snapshot } from '@flagwright/core';
import { describe, expect, it } from 'vitest';
import type { Principal } from '../access/principal.ts';
import { evaluationPath } from './evaluation-path.ts';
import { type Asked, evaluations } from './evaluations.ts';
import { streamAddresses } from './stream-address.ts';
import { textOf } from './words.ts';

const who: Principal = { subject: 'app', token: 't', role: 'sdk', projects: ['shop'], stages: ['production'] };
const announce = () => ({ address: '/events', text: '[]' });

const asked = (context: object, ifNoneMatch?: string): Asked => ({
  text: async () => JSON.stringify({ context }),
  ifNoneMatch,
  query: '',
});

function over(
  document: FlagDocument,
  clock?: () => number,
): { readonly snapshot: Snapshot } & ReturnType<typeof evaluations> {
  const snapshot = compile({ document, revision: '1' }, undefined, clock === undefined ? {} : { clock });
  return { snapshot, ...evaluations({ snapshotOf: async () => snapshot }, announce) };
}

describe('evaluations', () => {
  it('flags that depend on the time are asked for anew, and told only if they have changed', async () => {
    let now = 1_000_000;
    const logic = { if: [{ '<': [{ var: '$flagd.timestamp' }, 2_000] }, 'on', 'off'] };
    const { flags } = over(
      { flags: { late: { type: 'boolean', defaultVariant: 'off', targeting: logic } } },
      () => now,
    );
    const first = await flags(asked({}), who, {});
    expect(JSON.parse(first.text!)).toMatchObject({ flags: [{ key: 'late', value: true }] });
    now += 1_000;
    expect((await flags(asked({}, first.headers.etag), who, {})).status).toBe(304);
    now += 2_000_000;
    const second = await flags(asked({}, first.headers.etag), who, {});
    expect(JSON.parse(second.text!)).toMatchObject({ flags: [{ key: 'late', value: false }] });
    expect(second.headers.etag).not.toBe(first.headers.etag);
  });

  it('metadata of the set is that of the answer', async () => {
    const { flags } = over({ flags: {}, metadata: { owner: 'team' } });
    expect(JSON.parse((await flags(asked({}), who, {})).text!)).toEqual({
      flags: [],
      metadata: { owner: 'team' },
      eventStreams: [],
    });
  });

  it('whatever fails is answered, and says nothing of what others threw', async () => {
    const failing = evaluations({ snapshotOf: () => Promise.reject(new Error('password')) }, announce);
    for (const answer of [await failing.flag(asked({}), who, { key: 'a' }), await failing.flags(asked({}), who, {})]) {
      expect(answer.status).toBe(500);
      expect(JSON.parse(answer.text!)).toMatchObject({ errorCode: 'GENERAL', errorDetails: expect.any(String) });
      expect(answer.text).not.toContain('password');
    }
  });
});

describe('the text of an evaluation', () => {
  it('is written once for all who are served the same', () => {
    const { snapshot } = over({ flags: { a: { type: 'string', default: 'x' } } });
    const evaluation = evaluate(snapshot, 'a');
    expect(evaluate(snapshot, 'a', undefined, { targetingKey: 'u' })).toBe(evaluation);
    expect(JSON.parse(textOf(evaluation))).toEqual({ key: 'a', value: 'x', reason: 'STATIC', metadata: {} });
  });
});

describe('the address of the event stream', () => {
  it('changes twice a day, and is good until the next is known everywhere', () => {
    let now = Date.UTC(2026, 0, 1, 0, 0, 1);
    const signed: number[] = [];
    const addressOf = streamAddresses(
      {
        sign({ project, expires }) {
          signed.push(expires);
          return `${project}.${expires}`;
        },
        verify: () => undefined,
      },
      () => now,
    );
    const set = { project: 'shop', stage: 'production' };
    const first = addressOf(set);
    now += 11 * 3_600_000;
    expect(addressOf(set)).toBe(first);
    expect(addressOf({ ...set, project: 'blog' })).not.toBe(first);
    expect(signed).toHaveLength(2);
    now += 2 * 3_600_000;
    expect(addressOf(set)).not.toBe(first);
    expect(signed[0]! - now).toBeGreaterThan(10 * 3_600_000);
  });
});

describe('paths', () => {
  it.each([
    ['/ofrep/v1/evaluate/flags', { project: undefined, stage: undefined, key: undefined }],
    ['/ofrep/v1/evaluate/flags/', { project: undefined, stage: undefined, key: undefined }],
    ['/ofrep/v1/evaluate/flags/a%2Fb%20c', { project: undefined, stage: undefined, key: 'a/b c' }],
    ['/sets/shop/production/ofrep/v1/evaluate/flags/a', { project: 'shop', stage: 'production', key: 'a' }],
    ['/sets/shop/ofrep/v1/evaluate/flags/a', undefined],
    ['/ofrep/v1/evaluate/flags/a/b', undefined],
    ['/ofrep/v2/evaluate/flags', undefined],
    ['/', undefined],
  ])('%s', (path, expected) => {
    expect(evaluationPath(path)).toEqual(expected);
  });

  it.each(['%', '%zz', '%ff', 'x'.repeat(1_001)])('the key %.10s is refused', (key) => {
    expect(() => evaluationPath(`/ofrep/v1/evaluate/flags/${key}`)).toThrow(expect.objectContaining({ status: 400 }));
  });
});
