import type { FlagDocument, Resolver } from '@flagwright/core';
import type { ShadowOptions } from '@flagwright/provider';
import { shadow, sourceResolver } from '@flagwright/provider';
import { memoryStore } from '@flagwright/sources/memory';
import { resolverContract } from '@flagwright/testing';
import { type HandSource, handSource, refused } from './support.ts';

// A shadow answers, starts, tells and ends as its primary does, whatever its candidate does.

/** The flags of the contract. */
function flags(changed = false): FlagDocument {
  return {
    flags: {
      'contract-true': { type: 'boolean', default: true },
      'contract-false': { type: 'boolean', default: false },
      'contract-string': { type: 'string', default: 'hello' },
      'contract-empty': { type: 'string', default: '' },
      'contract-number': { type: 'float', default: 3.5 },
      'contract-integer': { type: 'int', default: 42 },
      'contract-zero': { type: 'int', default: 0 },
      'contract-object': { type: 'json', default: { a: [1, { b: 'two' }] } },
      'contract-off': { type: 'boolean', enabled: false, default: false },
      'contract-changing': { type: 'boolean', default: changed },
    },
  };
}

const never = (): Promise<never> => new Promise(() => undefined);
const fails = (): never => {
  throw new Error('a candidate that fails');
};
const options: ShadowOptions = { sample: 1, settle: 5, timeout: 50 };

const candidates: Readonly<Record<string, () => Resolver>> = {
  'that agrees': () => sourceResolver(() => memoryStore(flags())),
  'that fails at everything': () => ({ name: 'fails', start: fails, stop: fails, resolve: fails, keys: fails }),
  'that hangs': () => ({ name: 'hangs', start: never, stop: never, resolve: never }),
  'that answers late, and otherwise': () => ({
    name: 'late',
    resolve: async (_type, _key, fallback) => ({ value: fallback, reason: 'STATIC', flagMetadata: {} }),
  }),
};

for (const [what, candidate] of Object.entries(candidates)) {
  resolverContract({
    name: `shadow with a candidate ${what}`,
    startWithin: 1_000,
    eventWithin: 5_000,
    quietFor: 50,
    async open() {
      let [document, broken, hangs] = [flags(), false, false];
      const opened: HandSource[] = [];
      const open = () => {
        const hand = handSource(document);
        if (broken) hand.fail(refused());
        opened.push(hand);
        return { ...hand, read: (...args: Parameters<HandSource['read']>) => (hangs ? never() : hand.read(...args)) };
      };
      const follows = { readTimeout: 200, armTimeout: 100, random: () => 0 };
      const resolver = shadow(sourceResolver(open, follows), candidate(), options);
      return {
        resolver,
        change() {
          document = flags(true);
          for (const hand of opened) hand.set(document);
        },
        breakIt() {
          broken = true;
          for (const hand of opened) hand.fail(refused());
        },
        mend() {
          broken = false;
          for (const hand of opened) hand.mend();
        },
        hang() {
          hangs = true;
        },
        close: () => resolver.stop(),
      };
    },
  });
}
