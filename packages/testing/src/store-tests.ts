import type { Edit, FlagError } from '@flagwright/core';
import { expect } from 'vitest';
import type { StoreFixture, Timing } from './fixture.ts';
import { contentOf, EVERY_KIND, ear, entries, entry, expectFlagError, flag } from './samples.ts';
import type { Tests } from './suite.ts';

/** The tests of `commit`, by name. */
export function storeTests({ hintWithin = 2_000 }: Timing): Tests<StoreFixture> {
  return {
    'commits, and resolves to the revision that is read next': async ({ source }) => {
      const before = await source.read();
      const revision = await source.commit([{ key: 'contract', next: flag('1') }], 'contract');
      const after = await source.read(before);
      expect(revision).not.toBe(before.revision);
      expect(after.revision).toBe(revision);
      expect((await source.read()).revision).toBe(revision);
      expect(entry(after, 'contract')).toEqual(flag('1'));
    },
    'commits every kind, and keeps them apart': async ({ source }) => {
      await source.commit(EVERY_KIND);
      const set = await source.read();
      for (const { kind, key, next } of EVERY_KIND) expect(entry(set, key, kind), kind).toEqual(next);
      await source.commit(EVERY_KIND.map(({ kind, key, next }) => ({ kind, key, next: null, was: next })));
      const after = await source.read(set);
      for (const { kind, key } of EVERY_KIND) expect(entry(after, key, kind), kind).toBeUndefined();
    },
    'deletes what is there, and what is not': async ({ source }) => {
      await source.commit([{ key: 'contract', next: flag('1') }]);
      await source.commit([
        { key: 'contract', next: null },
        { key: 'contract-never', next: null },
      ]);
      const set = await source.read();
      expect(entry(set, 'contract')).toBeUndefined();
      expect(entry(set, 'contract-never')).toBeUndefined();
    },
    'commits all edits or none': async ({ source }) => {
      await source.commit([{ key: 'contract', next: flag('1') }]);
      const before = await source.read();
      const edits: Edit[] = [
        { key: 'contract-new', next: flag('1') },
        { kind: 'segment', key: 'contract', next: { included: ['x'] } },
        { key: 'contract', next: flag('2'), was: flag('other') },
        { key: 'contract-last', next: flag('1') },
      ];
      await expectFlagError(source.commit(edits), 'CONFLICT');
      const after = await source.read(before);
      expect(after.revision).toBe(before.revision);
      expect(contentOf(after)).toBe(contentOf(before));
    },
    'refuses what is no longer what it was with CONFLICT': async ({ source }) => {
      await source.commit([{ key: 'contract', next: flag('1'), was: null }]);
      await source.commit([{ key: 'contract', next: flag('2'), was: flag('1') }]);
      await expectFlagError(source.commit([{ key: 'contract', next: flag('3'), was: flag('1') }]), 'CONFLICT');
      await expectFlagError(source.commit([{ key: 'contract', next: null, was: flag('1') }]), 'CONFLICT');
      await expectFlagError(source.commit([{ key: 'contract-never', next: flag('1'), was: flag('1') }]), 'CONFLICT');
      expect(entry(await source.read(), 'contract')).toEqual(flag('2'));
    },
    'takes was: null for absent, and no was for whatever it is': async ({ source }) => {
      await source.commit([{ key: 'contract', next: flag('1'), was: null }]);
      await expectFlagError(source.commit([{ key: 'contract', next: flag('2'), was: null }]), 'CONFLICT');
      await source.commit([{ key: 'contract', next: flag('3') }]);
      await source.commit([{ key: 'contract', next: null }]);
      await source.commit([{ key: 'contract', next: flag('4'), was: null }]);
      expect(entry(await source.read(), 'contract')).toEqual(flag('4'));
    },
    'compares as canonical JSON: order of names and way of writing do not count': async ({ source }) => {
      const next = { type: 'json', default: { b: [1, { d: 1e2, c: 'é' }], a: {} }, metadata: { x: 1 } };
      const was = { metadata: { x: 1.0 }, default: { a: {}, b: [1, { c: '\u00e9', d: 100 }] }, type: 'json' };
      await source.commit([{ key: 'contract', next }]);
      const different = { ...was, default: { a: [], b: [1, { c: 'é', d: 100 }] } };
      await expectFlagError(source.commit([{ key: 'contract', next: null, was: different }]), 'CONFLICT');
      const otherOrder = { ...was, default: { a: {}, b: [{ c: 'é', d: 100 }, 1] } };
      await expectFlagError(source.commit([{ key: 'contract', next: null, was: otherOrder }]), 'CONFLICT');
      await source.commit([{ key: 'contract', next: flag('2'), was }]);
      expect(entry(await source.read(), 'contract')).toEqual(flag('2'));
    },
    'takes back what was read': async ({ source }) => {
      await source.commit(EVERY_KIND);
      const set = await source.read();
      const edits = EVERY_KIND.map(({ kind, key }) => ({
        kind,
        key,
        next: entry(set, key, kind),
        was: entry(set, key, kind),
      }));
      await source.commit(edits);
      expect(contentOf(await source.read())).toBe(contentOf(set));
    },
    'commits a thousand edits at once': async ({ source }) => {
      const before = entries(await source.read(), 'flag').size;
      const keys = Array.from({ length: 1_000 }, (_, i) => `contract-${i}`);
      await source.commit(keys.map((key) => ({ key, next: flag(key), was: null })));
      const full = await source.read();
      expect(entries(full, 'flag').size).toBe(before + 1_000);
      for (const key of keys) expect(entry(full, key)).toEqual(flag(key));
      await source.commit(keys.map((key) => ({ key, next: null, was: flag(key) })));
      expect(entries(await source.read(full), 'flag').size).toBe(before);
    },
    'takes no edits for no change': async ({ source }) => {
      const before = await source.read();
      expect(await source.commit([])).toBe(before.revision);
      expect((await source.read()).revision).toBe(before.revision);
    },
    'lets exactly one of several commits from the same state win': async ({ source }) => {
      await source.commit([{ key: 'contract', next: flag('0') }]);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 10 }, (_, i) =>
          source.commit([{ key: 'contract', next: flag(`winner-${i}`), was: flag('0') }]),
        ),
      );
      const winners = outcomes.flatMap(({ status }, i) => (status === 'fulfilled' ? i : []));
      expect(winners).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect((outcome.reason as FlagError).code).toBe('CONFLICT');
      }
      expect(entry(await source.read(), 'contract')).toEqual(flag(`winner-${winners[0]}`));
    },
    'loses no commit made at the same time': async ({ source }) => {
      const before = await source.read();
      const revisions = await Promise.all(
        Array.from({ length: 20 }, (_, i) => source.commit([{ key: `contract-${i}`, next: flag('1') }])),
      );
      expect(new Set(revisions).size).toBe(20);
      const after = await source.read(before);
      for (let i = 0; i < 20; i++) expect(entry(after, `contract-${i}`)).toEqual(flag('1'));
      expect(revisions).toContain(after.revision);
    },
    'refuses edits that make no sense with INVALID_ARGUMENT': async ({ source }) => {
      const before = await source.read();
      const circle: Record<string, unknown> = {};
      circle.self = circle;
      const good = { key: 'contract-good', next: flag('1') };
      const bad: readonly unknown[] = [
        undefined,
        'edits',
        [null],
        [good, { key: '', next: flag('1') }],
        [good, { key: 7, next: flag('1') }],
        [good, { next: flag('1') }],
        [good, { key: 'a' }],
        [good, { key: 'a', next: undefined }],
        [good, { key: 'a', next: { default: Number.NaN } }],
        [good, { key: 'a', next: { default: () => true } }],
        [good, { key: 'a', next: { default: 1n } }],
        [good, { key: 'a', next: circle }],
        [good, { kind: 'flags', key: 'a', next: flag('1') }],
        [good, { kind: 'toString', key: 'a', next: flag('1') }],
        [good, good],
      ];
      for (const edits of bad) await expectFlagError(source.commit(edits as readonly Edit[]), 'INVALID_ARGUMENT');
      const after = await source.read();
      expect(after.revision).toBe(before.revision);
      expect(contentOf(after)).toBe(contentOf(before));
    },
    'hints at its own commits': async ({ source }, context) => {
      if (source.subscribe === undefined) return context.skip('this source has no subscribe()');
      const observer = ear();
      const stop = await source.subscribe(observer);
      await source.commit([{ key: 'contract', next: flag('1') }]);
      await observer.hint(0, hintWithin);
      await stop();
    },
    'rejects commits after it was closed with NOT_READY': async ({ source }, context) => {
      if (source.close === undefined) return context.skip('this source has no close()');
      await source.close();
      await expectFlagError(source.commit([{ key: 'contract', next: flag('1') }]), 'NOT_READY');
    },
  };
}
