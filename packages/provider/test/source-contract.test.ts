import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FlagDocument, FlagSource } from '@flagwright/core';
import { follow } from '@flagwright/core';
import { sourceResolver } from '@flagwright/provider';
import { fileSource } from '@flagwright/sources/file';
import { memoryStore } from '@flagwright/sources/memory';
import type { ResolverFixture } from '@flagwright/testing';
import { resolverContract } from '@flagwright/testing';
import { type HandSource, handSource, refused } from './support.ts';

/** The flags of the contract. */
function flags(changed = false): FlagDocument {
  return {
    metadata: { flagSetId: 'contract' },
    flags: {
      'contract-true': { type: 'boolean', default: true },
      'contract-false': { type: 'boolean', default: false },
      'contract-string': { type: 'string', default: 'hello' },
      'contract-empty': { type: 'string', default: '' },
      'contract-number': { type: 'float', default: 3.5 },
      'contract-integer': { type: 'int', default: 42 },
      'contract-zero': { type: 'int', default: 0 },
      'contract-object': { type: 'json', default: { a: [1, { b: 'two' }] } },
      'contract-off': {
        type: 'boolean',
        enabled: false,
        variants: { on: true, off: false },
        defaultVariant: 'on',
      },
      'contract-changing': { type: 'boolean', default: changed },
    },
  };
}

const timing = { startWithin: 1_000, eventWithin: 5_000, quietFor: 50 };
const options = { readTimeout: 200, armTimeout: 100, random: () => 0 };

/** What a test may do to a source held in the hand. */
function world(): Pick<ResolverFixture, 'change' | 'breakIt' | 'mend' | 'hang'> & { readonly open: () => FlagSource } {
  let document = flags();
  let broken: unknown;
  let hangs = false;
  const opened: HandSource[] = [];
  return {
    open() {
      const hand = handSource(document);
      if (broken !== undefined) hand.fail(broken);
      opened.push(hand);
      return {
        ...hand,
        read: (...args) => (hangs ? new Promise(() => undefined) : hand.read(...args)),
        subscribe: (...args) => (hangs ? new Promise(() => undefined) : hand.subscribe!(...args)),
      };
    },
    change() {
      document = flags(true);
      for (const hand of opened) hand.set(document);
    },
    breakIt() {
      broken = refused();
      for (const hand of opened) hand.fail(broken);
    },
    mend() {
      broken = undefined;
      for (const hand of opened) hand.mend();
    },
    hang() {
      hangs = true;
    },
  };
}

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
    const resolver = sourceResolver(open, options);
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
    const { open, ...means } = world();
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
