import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { follow } from '@flagwright/core';
import { sourceResolver } from '@flagwright/provider';
import { fileSource } from '@flagwright/sources/file';
import { memoryStore } from '@flagwright/sources/memory';
import { resolverContract } from '@flagwright/testing';
import { flags, options, polling, timing, world } from './source-contract-world.ts';

resolverContract({
  name: 'sourceResolver over a source',
  ...timing,
  async open() {
    const { open, ...means } = world();
    const resolver = sourceResolver(open(), options);
    return { resolver, ...means, close: async () => resolver.stop?.() };
  },
});

resolverContract({
  name: 'sourceResolver over a function that opens a source',
  ...timing,
  async open() {
    const { open, ...means } = world();
    const resolver = sourceResolver(open, polling);
    return { resolver, ...means, close: async () => resolver.stop?.() };
  },
});

resolverContract({
  name: 'sourceResolver in the words of flagd',
  ...timing,
  async open() {
    const { open, ...means } = world();
    const resolver = sourceResolver(open, { ...options, reasons: 'flagd', requireBucketingKey: true });
    return { resolver, ...means, close: async () => resolver.stop?.() };
  },
});

resolverContract({
  name: 'sourceResolver over a follower that others use',
  ...timing,
  startWithin: 3_000,
  async open() {
    // the follower goes on asking
    const { open, asked, ...means } = world();
    const source = open();
    // what happens before the start must happen before the first read, too
    let begin: (() => void) | undefined;
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    // it outlives the stop of one who listens, and so does its read
    const patient = { ...options, readTimeout: 2_000 };
    const follower = follow({ ...source, read: (...args) => begun.then(() => source.read(...args)) }, patient);
    const shared = sourceResolver(follower, options);
    const resolver = {
      ...shared,
      start: (...args: Parameters<NonNullable<typeof shared.start>>) => {
        begin?.();
        return shared.start!(...args);
      },
    };
    return {
      resolver,
      ...means,
      async close() {
        await resolver.stop?.();
        await follower.close();
      },
    };
  },
});

resolverContract({
  name: 'sourceResolver over a store in memory',
  ...timing,
  async open() {
    const store = memoryStore(flags());
    const resolver = sourceResolver(store, options);
    return {
      resolver,
      change: async () => {
        await store.commit([{ key: 'contract-changing', next: { type: 'boolean', default: true } }]).catch(() => '');
      },
      close: async () => resolver.stop?.(),
    };
  },
});

resolverContract({
  name: 'sourceResolver over a file',
  ...timing,
  async open() {
    const folder = await mkdtemp(join(tmpdir(), 'flagwright-resolver-'));
    const path = join(folder, 'features.json');
    // in one step: an empty file is a good one without flags
    const write = async (text: string): Promise<void> => {
      await writeFile(`${path}.new`, text);
      await rename(`${path}.new`, path);
    };
    let text = JSON.stringify(flags());
    await write(text);
    const resolver = sourceResolver(() => fileSource({ path, debounceMs: 5 }), options);
    return {
      resolver,
      change() {
        text = JSON.stringify(flags(true));
        return write(text);
      },
      breakIt: () => write('{ "flags": {'),
      mend: () => write(text),
      async close() {
        await resolver.stop?.();
        await rm(folder, { recursive: true });
      },
    };
  },
});
