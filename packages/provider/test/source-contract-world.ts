import type { FlagDocument, FlagSource } from '@flagwright/core';
import { FlagError } from '@flagwright/core';
import type { ResolverFixture } from '@flagwright/testing';
import { type HandSource, handSource } from './support.ts';

/** The flags of the contract. */
export function flags(changed = false): FlagDocument {
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

export const timing = { startWithin: 1_000, eventWithin: 5_000, quietFor: 50 };
/** How a resolver over a world follows: by hints. */
export const options = { readTimeout: 200, armTimeout: 100, random: () => 0 };
/** The same, and it reads more often than the contract listens. */
export const polling = { ...options, refreshInterval: 20 };

const SECRET = 's3cret';

/** What a test may do to sources held in the hand. */
export type World = Required<Pick<ResolverFixture, 'change' | 'breakIt' | 'mend' | 'hang' | 'asked' | 'secrets'>> & {
  readonly open: () => FlagSource;
};

/** Sources that have the flags of the contract, and share what becomes of them. */
export function world(): World {
  let document = flags();
  let broken: unknown;
  let hangs = false;
  let asked = 0;
  const opened: HandSource[] = [];
  return {
    open() {
      const hand = handSource(document);
      if (broken !== undefined) hand.fail(broken);
      opened.push(hand);
      return {
        ...hand,
        read(...args) {
          asked++;
          return hangs ? new Promise(() => undefined) : hand.read(...args);
        },
        subscribe(...args) {
          asked++;
          return hangs ? new Promise(() => undefined) : hand.subscribe!(...args);
        },
      };
    },
    change() {
      document = flags(true);
      for (const hand of opened) hand.set(document);
    },
    breakIt() {
      const cause = new Error(`connect ECONNREFUSED postgres://u:${SECRET}@h`);
      broken = new FlagError('UNAVAILABLE', 'connection refused', { cause });
      for (const hand of opened) hand.fail(broken);
    },
    mend() {
      broken = undefined;
      for (const hand of opened) hand.mend();
    },
    hang() {
      hangs = true;
    },
    asked: () => asked,
    secrets: [SECRET],
  };
}
