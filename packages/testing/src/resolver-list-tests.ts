import type { ResolutionDetails } from '@flagwright/core';
import { expect } from 'vitest';
import { need } from './fixture.ts';
import { CONTRACT_FLAGS, type ResolverFixture } from './resolver-fixture.ts';
import { recorder } from './resolver-recorder.ts';
import { ask, cannotList, expectMetadata, expectNoList, SOMEBODY, typeOf, vandalise } from './resolver-samples.ts';
import type { Tests } from './suite.ts';

const KEYS = [...Object.keys(CONTRACT_FLAGS), 'contract-off', 'contract-changing'];

/** The tests of `all`, `keys` and `snapshot`, by name. */
export const listTests: Tests<ResolverFixture> = {
  'lists nothing before it is started, and says so': async ({ resolver }, context) => {
    need(context, resolver.start, 'start()');
    need(context, resolver.all ?? resolver.keys ?? resolver.snapshot, 'list');
    await expectNoList(resolver);
  },
  'lists every flag with what it serves': async ({ resolver }, context) => {
    need(context, resolver.all, 'all()');
    await resolver.start?.(recorder().events);
    if (await cannotList(resolver)) return context.skip('this one finds that it cannot list');
    const first = await resolver.all(SOMEBODY);
    expect([...first.keys()]).toEqual(expect.arrayContaining(KEYS));
    expect(first.has('contract-missing')).toBe(false);
    for (const details of first.values()) expectMetadata(details);
    for (const [key, value] of Object.entries(CONTRACT_FLAGS)) {
      const listed = first.get(key)!;
      const { variant, reason } = await ask(resolver, typeOf(value), key);
      expect(listed.errorCode, key).toBeUndefined();
      expect([listed.value, listed.variant, listed.reason], key).toStrictEqual([value, variant, reason]);
    }
    expect(first.get('contract-off')).toMatchObject({ reason: 'DISABLED' });
    expect(first.get('contract-changing')).toMatchObject({ value: false });
    for (const { value, flagMetadata } of first.values()) {
      vandalise(value);
      vandalise(flagMetadata);
    }
    clear(first);
    const second = await resolver.all(SOMEBODY);
    for (const [key, value] of Object.entries(CONTRACT_FLAGS)) expect(second.get(key)?.value).toStrictEqual(value);
  },
  'names every flag': async ({ resolver }, context) => {
    need(context, resolver.keys, 'keys()');
    await resolver.start?.(recorder().events);
    const keys = resolver.keys();
    if (keys === undefined && (await cannotList(resolver))) return context.skip('this one finds that it cannot list');
    expect(keys).toEqual(expect.arrayContaining(KEYS));
    expect(keys).not.toContain('contract-missing');
    expect(new Set(keys).size).toBe(keys?.length);
    vandalise(keys);
    expect(resolver.keys()).toEqual(expect.arrayContaining(KEYS));
  },
  'shows the flags in use': async ({ resolver }, context) => {
    need(context, resolver.snapshot, 'snapshot()');
    await resolver.start?.(recorder().events);
    const snapshot = resolver.snapshot();
    if (snapshot === undefined) return context.skip('this one finds that others evaluate');
    expect([...snapshot.flags.keys()]).toEqual(expect.arrayContaining(KEYS));
  },
};

/** Empties a list, if it lets itself be emptied: a map of one's own need not. */
function clear(list: ReadonlyMap<string, ResolutionDetails>): void {
  try {
    (list as Partial<Map<string, ResolutionDetails>>).clear?.();
  } catch {
    // it does not let itself be changed
  }
}
