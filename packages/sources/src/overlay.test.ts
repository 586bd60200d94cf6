import type { FlagDocument, FlagSet, FlagSource } from '@flagwright/core';
import { compile, evaluate, FlagError, share } from '@flagwright/core';
import { describe, expect, it, vi } from 'vitest';
import { memoryStore } from './memory.ts';
import { overlay, overrides } from './overlay.ts';

const on = (value: unknown): { readonly default: unknown } => ({ default: value });

function fixed(document: FlagDocument, more: Partial<FlagSet> = {}): FlagSource {
  return { name: 'fixed', read: async () => ({ document, revision: 'fixed.1', ...more }) };
}

describe('overlay', () => {
  it('merges by kind and key; the later one wins', async () => {
    const base = fixed({
      flags: [
        { key: 'a', default: 1 },
        { key: 'b', default: 1 },
      ],
      segments: { s: { included: ['1'] }, t: {} },
      metadata: { team: 'x', region: 'eu' },
      bucketing: 'murmur3',
    });
    const top = fixed({
      flags: { b: on(2), __proto__: on(0), c: on(3) },
      segments: { s: {} },
      metadata: { team: 'y' },
      overrides: { a: 9 },
    });
    const { document } = await overlay(base, top).read();
    expect([...(document.flags as ReadonlyMap<string, unknown>)]).toEqual([
      ['a', { key: 'a', default: 1 }],
      ['b', on(2)],
      ['c', on(3)],
    ]);
    expect(document).toMatchObject({
      segments: { s: {}, t: {} },
      metadata: { team: 'y', region: 'eu' },
      bucketing: 'murmur3',
      overrides: { a: 9 },
    });
  });

  it('keeps a section that one layer has as it is', async () => {
    const base = memoryStore({ flags: { a: on(1) } });
    const source = overlay(base, overrides({ a: 2 }));
    const { document } = await source.read();
    expect(document.flags).toBe((await base.read()).document.flags);
  });

  it('keeps the objects of what did not change, also after `share` made another set of it', async () => {
    const base = memoryStore({ flags: { a: on({ x: 1 }), b: on(1) } });
    const top = memoryStore({ flags: { c: on(1) } });
    const source = overlay(base, top);
    const first = share(undefined, await source.read());
    const unchanged = share(first, await source.read(first));
    expect(unchanged.document).toBe(first.document);
    await top.commit([{ key: 'c', next: on(2) }]);
    const second = share(first, await source.read(first));
    const flags = [first, second].map(({ document }) => document.flags as ReadonlyMap<string, unknown>);
    expect(flags[1]!.get('a')).toBe(flags[0]!.get('a'));
    expect(second.revision).not.toBe(first.revision);
  });

  it('gives every source its own previous set', async () => {
    const reads: (string | undefined)[] = [];
    const spy = (revision: string): FlagSource => ({
      name: 'spy',
      read: async (previous) => {
        reads.push(previous?.revision);
        return { document: {}, revision };
      },
    });
    const source = overlay(spy('one.1'), spy('two.1'));
    const set = await source.read();
    await source.read({ ...set });
    await source.read({ document: {}, revision: set.revision });
    await source.read({ ...set, revision: 'other.1' });
    expect(reads).toEqual([undefined, undefined, 'one.1', 'two.1', undefined, undefined, undefined, undefined]);
  });

  it('no two pairs of revisions look the same', async () => {
    const of = (...revisions: readonly string[]): Promise<FlagSet> =>
      overlay(...revisions.map((revision) => fixed({}, { revision }))).read();
    expect((await of('a+b', 'c')).revision).not.toBe((await of('a', 'b+c')).revision);
  });

  it('is stale when a layer is', async () => {
    const stale = { since: 5, cause: new FlagError('UNAVAILABLE', 'away') };
    expect((await overlay(fixed({}), fixed({}, { stale })).read()).stale).toBe(stale);
    expect((await overlay(fixed({}), fixed({})).read()).stale).toBeUndefined();
  });

  it('fails when a layer fails', async () => {
    const failing: FlagSource = { name: 'x', read: () => Promise.reject(new FlagError('UNAVAILABLE', 'away')) };
    await expect(overlay(fixed({}), failing).read()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('places come from the layer that has the entry', async () => {
    const at = (file: string): Partial<FlagSet> => ({ locate: () => ({ file, line: 1, column: 1 }) });
    const set = await overlay(
      fixed({ flags: { a: on(1), b: on(1) } }, at('base')),
      fixed({ flags: { b: on(2) } }, at('top')),
    ).read();
    expect(set.locate?.(['flags', 'a', 'default'])?.file).toBe('base');
    expect(set.locate?.(['flags', 'b'])?.file).toBe('top');
    expect(set.locate?.([])?.file).toBe('top');
  });

  it('closes every layer once', async () => {
    const close = vi.fn(async () => undefined);
    const source = overlay({ ...fixed({}), close }, { ...fixed({}), close }, fixed({}));
    await Promise.all([source.close?.(), source.close?.()]);
    expect(close).toHaveBeenCalledTimes(2);
  });

  describe('subscribing', () => {
    const unsupported = (): Promise<never> => Promise.reject(new FlagError('UNSUPPORTED', 'no'));
    const observer = { changed: vi.fn(), failed: vi.fn() };

    it('is not offered where no layer does', () => {
      expect(overlay(fixed({}), fixed({})).subscribe).toBeUndefined();
    });

    it('goes on without a layer that cannot hint', async () => {
      const stop = vi.fn();
      const source = overlay({ ...fixed({}), subscribe: unsupported }, { ...fixed({}), subscribe: () => stop });
      await (await source.subscribe?.(observer))?.();
      expect(stop).toHaveBeenCalledOnce();
    });

    it('is UNSUPPORTED if none can', async () => {
      const source = overlay({ ...fixed({}), subscribe: unsupported });
      await expect(source.subscribe?.(observer)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    });

    it('ends what is armed when another layer fails', async () => {
      const stop = vi.fn();
      const broken = (): never => {
        throw new FlagError('UNAVAILABLE', 'away');
      };
      const source = overlay({ ...fixed({}), subscribe: () => stop }, { ...fixed({}), subscribe: broken });
      await expect(source.subscribe?.(observer)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      expect(stop).toHaveBeenCalledOnce();
    });
  });

  it('refuses to be of nothing', () => {
    expect(() => overlay()).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});

describe('overrides', () => {
  it('win over the definition', async () => {
    const base = memoryStore({
      flags: { a: { type: 'boolean', default: false, enabled: false }, mode: { default: 'x' } },
    });
    const snapshot = compile(await overlay(base, overrides({ a: true, mode: 'y', unknown: 7 })).read());
    expect(evaluate(snapshot, 'a', 'boolean', {}).value).toBe(true);
    expect(evaluate(snapshot, 'mode', 'string', {}).value).toBe('y');
    expect(evaluate(snapshot, 'unknown', 'number', {}).value).toBe(7);
  });

  it('are refused in production, unless allowed', () => {
    const refused = expect.objectContaining({ code: 'INVALID_ARGUMENT' });
    expect(() => overrides({ a: true }, { environment: 'production' })).toThrow(refused);
    expect(() => overrides({ a: true }, { environment: 'production', allowInProduction: true })).not.toThrow();
    vi.stubEnv('NODE_ENV', 'production');
    expect(() => overrides({ a: true })).toThrow(refused);
    vi.unstubAllEnvs();
    expect(() => overrides({ a: true })).not.toThrow();
  });

  it('are copied, and must be JSON', async () => {
    const values = { a: { x: 1 } };
    const source = overrides(values);
    values.a.x = 2;
    expect((await source.read()).document.overrides).toEqual({ a: { x: 1 } });
    expect(() => overrides({ a: () => 'secret' })).toThrow(/override of "a"/);
    expect(() => overrides([] as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});
