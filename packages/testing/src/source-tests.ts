import type { FlagSet } from '@flagwright/core';
import { compile, FlagError } from '@flagwright/core';
import { expect } from 'vitest';
import type { SourceFixture, Timing } from './fixture.ts';
import { need } from './fixture.ts';
import { hintTests } from './hint-tests.ts';
import { AWKWARD, contentOf, entry, flag } from './samples.ts';
import type { Tests } from './suite.ts';
import { eventually, within } from './waits.ts';

/** The tests of the contract, by name. */
export function sourceTests(timing: Timing): Tests<SourceFixture> {
  const { hintWithin = 2_000 } = timing;
  return {
    'has a name that is no address': async ({ source }) => {
      expect(source.name).toMatch(/^[^\s:/@]+$/);
    },
    'reads a document and a revision': async ({ source }) => {
      const set = await source.read();
      expect(set.document).toBeTypeOf('object');
      expect(set.document).not.toBeNull();
      expect(Array.isArray(set.document)).toBe(false);
      expect(set.revision).toBeTypeOf('string');
      expect(set.revision).not.toBe('');
      expect(set.stale).toBeUndefined();
      expect(() => compile(set)).not.toThrow();
    },
    'gives the same revision while nothing changes': async ({ source }) => {
      const first = await source.read();
      const second = await source.read();
      const third = await source.read(second);
      expect([second.revision, third.revision]).toEqual([first.revision, first.revision]);
      expect([contentOf(second), contentOf(third)]).toEqual([contentOf(first), contentOf(first)]);
    },
    'gives another revision with other content': async ({ source, change }, context) => {
      need(context, change, 'change()');
      const seen = [await source.read()];
      for (const salt of ['1', '2', '3']) {
        await change([{ key: 'contract', next: flag(salt) }]);
        seen.push(await source.read(seen.at(-1)));
      }
      expect(new Set(seen.map(({ revision }) => revision)).size).toBe(4);
    },
    'shows what was added, replaced and removed': async ({ source, change }, context) => {
      need(context, change, 'change()');
      await change([
        { key: 'contract-a', next: flag('1') },
        { key: 'contract-b', next: flag('1') },
      ]);
      const first = await source.read();
      expect([entry(first, 'contract-a'), entry(first, 'contract-b')]).toEqual([flag('1'), flag('1')]);
      await change([
        { key: 'contract-a', next: flag('2') },
        { key: 'contract-b', next: null },
        { key: 'contract-c', next: flag('1') },
      ]);
      for (const set of [await source.read(), await source.read(first)]) {
        expect(entry(set, 'contract-a')).toEqual(flag('2'));
        expect(entry(set, 'contract-b')).toBeUndefined();
        expect(entry(set, 'contract-c')).toEqual(flag('1'));
      }
    },
    'takes a previous set of its own, however old': async ({ source, change }, context) => {
      need(context, change, 'change()');
      const sets: FlagSet[] = [await source.read()];
      for (const salt of ['1', '2', '3']) {
        await change(
          [
            { key: `contract-${salt}`, next: flag(salt) },
            { key: 'contract-1', next: salt === '3' ? null : flag(salt) },
          ].slice(salt === '1' ? 1 : 0),
        );
        sets.push(await source.read(sets.at(-1)));
      }
      const expected = contentOf(await source.read());
      for (const previous of sets) expect(contentOf(await source.read(previous))).toBe(expected);
    },
    'takes a previous set that is not its own': async ({ source }) => {
      const own = await source.read();
      const ghost = { flags: { 'contract-ghost': flag('ghost') } };
      const [incarnation] = own.revision.split('.');
      const foreign = ['', 'x', 'deadbeef.1', 'deadbeef.999999', '0.0', `${incarnation}.999999999`, `${own.revision}0`];
      for (const revision of foreign) {
        const set = await source.read({ document: ghost, revision });
        expect(contentOf(set)).toBe(contentOf(own));
        expect(set.revision).toBe(own.revision);
      }
    },
    'never changes a set it gave away': async ({ source, change }, context) => {
      need(context, change, 'change()');
      await change([{ key: 'contract', next: flag('1') }]);
      const set = await source.read();
      const before = contentOf(set);
      await change([
        { key: 'contract', next: flag('2') },
        { key: 'contract-more', next: flag('1') },
      ]);
      await source.read(set);
      await source.read();
      expect(contentOf(set)).toBe(before);
    },
    'keeps its own copy of what it was given': async ({ source, change }, context) => {
      need(context, change, 'change()');
      const definition = { ...flag('1'), tags: ['a'] };
      await change([{ key: 'contract', next: definition }]);
      definition.tags.push('b');
      Object.assign(definition, { salt: 'changed' });
      expect(entry(await source.read(), 'contract')).toEqual({ ...flag('1'), tags: ['a'] });
    },
    'keeps values exactly': async ({ source, change }, context) => {
      need(context, change, 'change()');
      await change([{ key: 'contract', next: AWKWARD }]);
      expect(entry(await source.read(), 'contract')).toEqual(AWKWARD);
    },
    'keeps flags named like members of every object': async ({ source, change }, context) => {
      need(context, change, 'change()');
      const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'];
      await change(names.map((key) => ({ key, next: flag(key) })));
      const set = await source.read();
      for (const key of names) expect(entry(set, key)).toEqual(flag(key));
      await change(names.map((key) => ({ key, next: null })));
      const after = await source.read(set);
      for (const key of names) expect(entry(after, key)).toBeUndefined();
    },
    'keeps keys of any characters': async ({ source, change }, context) => {
      need(context, change, 'change()');
      const keys = [
        'é',
        'e\u0301',
        '日本語',
        '😀',
        'a b',
        ' a',
        'a"b',
        "a'b",
        'a\\b',
        'a/b',
        'a:b',
        'a.b',
        '{a}',
        '[0]',
        '$a',
        '#a',
        '*',
        '1',
        '1e3',
        'null',
        'on',
        '~',
        'A',
        'a',
        'x'.repeat(200),
      ];
      await change(keys.map((key) => ({ key, next: flag(key) })));
      const set = await source.read();
      for (const key of keys) expect(entry(set, key)).toEqual(flag(key));
    },
    'serves reads at the same time': async ({ source }) => {
      const first = await source.read();
      const sets = await Promise.all(
        Array.from({ length: 20 }, (_, i) => source.read(i % 2 === 0 ? undefined : first)),
      );
      for (const set of sets) expect(contentOf(set)).toBe(contentOf(first));
    },
    'rejects a read that was aborted before': async ({ source }) => {
      const reason = new Error('contract: aborted');
      const thrown: unknown = await within(1_000, source.read(undefined, AbortSignal.abort(reason))).catch(
        (error: unknown) => error,
      );
      expect(thrown === reason || thrown instanceof FlagError, String(thrown)).toBe(true);
    },
    'ends a read that is aborted meanwhile': async ({ source }) => {
      const reason = new Error('contract: aborted');
      const aborter = new AbortController();
      const reading = source.read(undefined, aborter.signal).catch((error: unknown) => error);
      aborter.abort(reason);
      const result: unknown = await within(1_000, reading);
      // it may have been done already
      if (result instanceof Error) expect(result === reason || result instanceof FlagError, String(result)).toBe(true);
      expect((await source.read()).revision).not.toBe('');
    },
    'fails as a FlagError while its origin is away, and recovers': async ({ source, breakIt, mend }, context) => {
      need(context, breakIt, 'breakIt()');
      need(context, mend, 'mend()');
      const good = await source.read();
      await breakIt();
      const broken: unknown = await source.read(good).catch((error: unknown) => error);
      if (broken instanceof Error) expect(broken).toBeInstanceOf(FlagError);
      else expect((broken as FlagSet).stale).toBeDefined();
      await mend();
      const again = await eventually(hintWithin, async () => {
        const set = await source.read(good);
        expect(set.stale).toBeUndefined();
        return set;
      });
      expect(contentOf(again)).toBe(contentOf(good));
    },
    ...hintTests(timing),
  };
}
