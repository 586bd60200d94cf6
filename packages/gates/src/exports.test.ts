import { expect, it } from 'vitest';
import * as api from './api/index.ts';
import * as check from './check/index.ts';
import * as commander from './commander/index.ts';
import * as docs from './docs/index.ts';
import * as main from './index.ts';
import * as list from './list/index.ts';
import * as load from './load/index.ts';
import * as args from './parse-args/index.ts';
import * as rest from './rest/index.ts';
import * as sync from './sync/index.ts';
import * as testing from './testing/index.ts';

// LAYERS is the precedence itself, for every program in the process
it('tables that are exported cannot be changed', () => {
  const entries = { api, check, commander, docs, main, list, load, args, rest, sync, testing };
  const tables = Object.entries(entries).flatMap(([entry, exported]) =>
    Object.entries(exported)
      .filter(([, value]) => typeof value === 'object')
      .map(([name, value]) => ({ table: `${entry} ${name}`, frozen: Object.isFrozen(value) })),
  );
  expect(tables.map(({ table }) => table)).toContain('main LAYERS');
  expect(tables.filter(({ frozen }) => !frozen)).toEqual([]);
});
