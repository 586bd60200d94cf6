import type { Edit, FlagStore } from '@flagwright/core';
import { postgresStore } from '@flagwright/sources/postgres';
import { storeContract } from '@flagwright/testing';
import { afterAll, beforeAll, describe } from 'vitest';
import { ENGINES, type OpenedDatabase } from './engines.ts';

// What applications are promised of a store they are promised wherever the flags of a control plane are.

const INITIAL: readonly Edit[] = [
  { key: 'checkout', next: { type: 'boolean', default: false } },
  { key: 'theme', next: { default: 'light', variants: { light: 'light', dark: 'dark' } } },
  { kind: 'segment', key: 'staff', next: { included: ['user-1'] } },
];

let count = 0;

describe.each(ENGINES)('$name', ({ name, open }) => {
  let opened: OpenedDatabase;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.end());

  storeContract({
    name: `the pool of ${name}`,
    async open() {
      const source = postgresStore({ pool: opened.database.pool, project: `contract-${++count}` });
      await source.commit(INITIAL);
      return { source, close: async () => source.close?.() };
    },
  });

  storeContract({
    name: `the pool of ${name}, with the transactions of the server`,
    async open() {
      const { database } = opened;
      const set = { project: `contract-${++count}`, stage: 'default' };
      const store = postgresStore({ pool: database.pool, ...set });
      const source: FlagStore = {
        ...store,
        async commit(edits, by = 'somebody') {
          // a store that is closed commits nothing
          await store.read().catch((error: { readonly code?: unknown }) => {
            if (error.code !== 'NOT_FOUND') throw error;
          });
          return database.write((transaction) => transaction.publish(set, edits, by));
        },
      };
      await source.commit(INITIAL);
      return { source, close: async () => source.close?.() };
    },
  });
});
