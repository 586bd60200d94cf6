import { expect, it } from 'vitest';
import { ran } from '../../test/world.ts';

const PROJECT = {
  apiVersion: 'feature-flag/v0.3',
  kind: 'Project',
  id: 'shop',
  metadata: { id: 'shop' },
  spec: { name: 'Shop' },
  version: '1',
  modificationInfo: {
    createdTime: '2026-01-01T00:00:00Z',
    createdBy: 'me',
    lastModifiedTime: '2026-01-01T00:00:00Z',
    lastModifiedBy: 'me',
  },
};
const without = (name: string): object => Object.fromEntries(Object.entries(PROJECT).filter(([own]) => own !== name));
const list = (items: unknown): object => ({
  apiVersion: 'feature-flag/v0.3',
  items,
  totalCount: 1,
  page: 1,
  pageSize: 1,
});

const answering = (body: unknown, ...args: readonly string[]) =>
  ran([...args, '--server', 'http://127.0.0.1:9'], { home: '/nowhere', fetch: async () => Response.json(body) });

it('takes what is a resource', async () => {
  expect(await answering(list([PROJECT]), 'get', 'projects', '-o', 'name')).toMatchObject({ code: 0, err: '' });
});

it.each([
  ...['id', 'kind', 'metadata', 'version', 'modificationInfo'].map(
    (name) => [['get', 'projects'], list([without(name)]), `a resource without ${name}`] as const,
  ),
  [['get', 'projects'], list([7]), 'what is no resource'],
  [['get', 'projects'], { ok: true }, 'a list without items'],
  [['get', 'projects', 'shop'], without('modificationInfo'), 'a resource without modificationInfo'],
  [['get', 'ffs', '--project', 'shop'], { ok: true }, 'a list without items'],
  [['exec', 'ff', '--project', 'shop', '--stage', 'dev'], {}, 'a resource without id'],
] as const)('says of %j answered otherwise that it is not Flagwright', async (args, body, what) => {
  expect(await answering(body, ...args)).toEqual({
    code: 1,
    out: '',
    err: `Error: something that is not Flagwright has answered: ${what}\n  Is the address of the server that of Flagwright?\n`,
  });
});
