import { jsonEqual } from '@flagwright/core';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Principal } from '../access/principal.ts';
import { Problem } from '../http/problem.ts';
import { router } from '../http/router.ts';
import { manifestMounts } from './manifest.ts';
import type { ManifestFlag, ManifestFlags, StoredManifestFlag, Writer } from './manifest-flags.ts';

/** Flags of projects in memory. */
function memoryFlags(projects: readonly string[]): ManifestFlags & { readonly written: Writer[] } {
  type Kept = StoredManifestFlag & { readonly archived: boolean };
  const all = new Map(projects.map((project) => [project, new Map<string, Kept>()]));
  const written: Writer[] = [];
  const flagsOf = (project: string): Map<string, Kept> => {
    const flags = all.get(project);
    if (flags === undefined) throw new Problem('NOT_FOUND', `there is no project ${project}`);
    return flags;
  };
  const active = (project: string, key: string): Kept => {
    const kept = flagsOf(project).get(key);
    if (kept === undefined) throw new Problem('NOT_FOUND', `there is no flag ${key}`);
    if (kept.archived) throw new Problem('CONFLICT', `flag ${key} is archived`);
    return kept;
  };
  return {
    written,
    async list(project) {
      const flags = [...flagsOf(project).values()].filter(({ archived }) => !archived).map(({ flag }) => flag);
      return flags.sort((a, b) => (a.key < b.key ? -1 : 1));
    },
    async create(project, flag, writer) {
      if (flagsOf(project).has(flag.key)) throw new Problem('ALREADY_EXISTS', `flag ${flag.key} exists already`);
      const kept = { flag, updatedAt: new Date(), archived: false };
      flagsOf(project).set(flag.key, kept);
      written.push(writer);
      return kept;
    },
    async replace(project, change, writer) {
      const { flag } = active(project, change.key);
      if (change.type !== flag.type) throw new Problem('CONFLICT', 'the type of a flag cannot be changed');
      const { description = flag.description ?? null, defaultValue = flag.defaultValue, name = flag.name } = change;
      const next: ManifestFlag = {
        key: flag.key,
        type: flag.type,
        defaultValue,
        ...(name === undefined ? {} : { name }),
        ...(description === null ? {} : { description }),
      };
      const kept = { flag: next, updatedAt: new Date(), archived: false };
      flagsOf(project).set(flag.key, kept);
      if (!jsonEqual(flag, next)) written.push(writer);
      return kept;
    },
    async archive(project, key, writer) {
      const updatedAt = new Date();
      flagsOf(project).set(key, { ...active(project, key), updatedAt, archived: true });
      written.push(writer);
      return updatedAt;
    },
  };
}

const PEOPLE: Readonly<Record<string, Principal>> = {
  editor: { subject: 'ed', token: 't1', role: 'editor', projects: ['shop'], stages: undefined },
  viewer: { subject: 'vi', token: 't2', role: 'viewer', projects: ['shop'], stages: undefined },
  sdk: { subject: 'app', token: 't3', role: 'sdk', projects: ['shop'], stages: undefined },
  staging: { subject: 'st', token: 't4', role: 'editor', projects: ['shop'], stages: ['staging'] },
  all: { subject: 'ad', token: 't5', role: 'admin', projects: undefined, stages: undefined },
};

let flags: ReturnType<typeof memoryFlags>;
let route: (request: Request) => Promise<Response>;
beforeEach(() => {
  flags = memoryFlags(['shop', 'blog']);
  route = router([], {
    authenticate: async ({ headers }) => PEOPLE[headers.get('authorization')!.replace('Bearer ', '')]!,
    mounts: manifestMounts(flags),
  });
});

interface Said {
  readonly status: number;
  readonly body: unknown;
  readonly can: string | null;
}

async function ask(method: string, path: string, body?: unknown, who = 'editor'): Promise<Said> {
  const request = new Request(`http://server${path}`, {
    method,
    headers: { authorization: `Bearer ${who}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const answer = await route(request);
  return { status: answer.status, body: await answer.json(), can: answer.headers.get('x-manifest-capabilities') };
}

const MANIFEST = '/openfeature/v0/manifest';
const FLAGS = `${MANIFEST}/flags`;
const BANNER: ManifestFlag = { key: 'banner', type: 'boolean', defaultValue: false, description: 'A banner.' };

describe('the manifest', () => {
  it('what was pushed is pulled', async () => {
    expect(await ask('GET', MANIFEST)).toEqual({ status: 200, body: { flags: [] }, can: 'read,write,delete' });
    const pushed: readonly ManifestFlag[] = [
      BANNER,
      { key: 'color', type: 'string', defaultValue: '', name: 'Color' },
      { key: 'count', type: 'integer', defaultValue: 3 },
      { key: 'ratio', type: 'float', defaultValue: 0.5 },
      { key: 'shape', type: 'object', defaultValue: { sides: [1, null], 'a.b': { c: true } } },
    ];
    for (const flag of pushed) {
      expect(await ask('POST', FLAGS, flag)).toEqual({
        status: 201,
        body: { flag: { name: flag.key, ...flag }, updatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) },
        can: 'read,write,delete',
      });
    }
    expect((await ask('GET', MANIFEST)).body).toEqual({ flags: pushed.map((flag) => ({ name: flag.key, ...flag })) });
    expect(flags.written.map(({ who }) => who.subject)).toEqual(pushed.map(() => 'ed'));
    expect(new Set(flags.written.map(({ requestId }) => requestId)).size).toBe(pushed.length);
  });

  it('a flag is changed, and what is not said stays', async () => {
    await ask('POST', FLAGS, BANNER);
    const change = { key: 'banner', type: 'boolean', defaultValue: true };
    expect((await ask('PUT', `${FLAGS}/banner`, change)).body).toMatchObject({
      flag: { defaultValue: true, description: 'A banner.' },
    });
    const without = { key: 'banner', type: 'boolean', description: null };
    const { body } = await ask('PUT', `${FLAGS}/banner`, without);
    expect(body).toMatchObject({ flag: { defaultValue: true } });
    expect((body as { readonly flag: object }).flag).not.toHaveProperty('description');
  });

  it('a flag is archived, and its key not free', async () => {
    await ask('POST', FLAGS, BANNER);
    expect(await ask('DELETE', `${FLAGS}/banner`)).toMatchObject({
      status: 200,
      body: { message: expect.stringContaining('banner'), archivedAt: expect.stringMatching(/Z$/) },
    });
    expect((await ask('GET', MANIFEST)).body).toEqual({ flags: [] });
    for (const [method, path, body] of [
      ['POST', FLAGS, BANNER],
      ['PUT', `${FLAGS}/banner`, BANNER],
      ['DELETE', `${FLAGS}/banner`, undefined],
    ] as const) {
      const { status, body: said } = await ask(method, path, body);
      expect([status, said]).toEqual([409, { error: { message: expect.any(String), status: 409 } }]);
    }
  });

  it.each<[string, unknown, string, string]>([
    ['a text as boolean', { ...BANNER, defaultValue: 'no' }, 'defaultValue', 'invalid_type'],
    ['no default', { key: 'a', type: 'string' }, 'defaultValue', 'invalid_type'],
    ['a fraction as integer', { key: 'a', type: 'integer', defaultValue: 0.5 }, 'defaultValue', 'invalid_type'],
    ['null as object', { key: 'a', type: 'object', defaultValue: null }, 'defaultValue', 'invalid_type'],
    ['a type that is none', { ...BANNER, type: 'number' }, 'type', 'invalid_enum_value'],
    ['a field that is none', { ...BANNER, descripton: 'x' }, 'descripton', 'unrecognized_keys'],
    ['no key', { type: 'boolean', defaultValue: true }, 'key', 'invalid_type'],
    ['a name that is no text', { ...BANNER, name: 1 }, 'name', 'invalid_type'],
    ['a description that is no text', { ...BANNER, description: 1 }, 'description', 'invalid_type'],
    ['a list', [BANNER], 'body', 'invalid_type'],
  ])('%s is told by field', async (_what, body, field, code) => {
    const { status, body: said } = await ask('POST', FLAGS, body);
    expect(status).toBe(400);
    expect(said).toEqual({
      error: {
        message: expect.any(String),
        status: 400,
        details: expect.arrayContaining([{ field, code, message: expect.any(String) }]),
      },
    });
    expect((await ask('GET', MANIFEST)).body).toEqual({ flags: [] });
  });

  it('the keys of path and body must be the same', async () => {
    await ask('POST', FLAGS, BANNER);
    expect(await ask('PUT', `${FLAGS}/other`, BANNER)).toMatchObject({
      status: 400,
      body: { error: { details: [{ field: 'key' }] } },
    });
  });

  it.each<[string, string, string, unknown, number]>([
    ['a flag that is not there', 'PUT', `${FLAGS}/none`, { key: 'none', type: 'boolean' }, 404],
    ['one to archive that is not there', 'DELETE', `${FLAGS}/none`, undefined, 404],
    ['a path that is none', 'GET', '/openfeature/v1/manifest', undefined, 404],
    ['a path below', 'GET', `${FLAGS}/a/b`, undefined, 404],
    ['a method that is none', 'POST', MANIFEST, BANNER, 405],
    ['a flag that is read alone', 'GET', `${FLAGS}/a`, undefined, 405],
    ['half a body', 'POST', FLAGS, '{', 400],
    ['a project that is not there', 'GET', '/projects/none/openfeature/v0/manifest', undefined, 404],
  ])('%s: %s %s', async (_what, method, path, body, status) => {
    const said = await ask(method, path, body, 'all').catch(() => undefined);
    const inProject = await ask(method, path.replace(/^\/openfeature/, '/projects/shop/openfeature'), body, 'all');
    expect(inProject).toMatchObject({ status, body: { error: { status, message: expect.any(String) } } });
    expect(said).toMatchObject({ body: { error: { message: expect.any(String) } } });
  });

  it('the path names the project, or else the token', async () => {
    expect(await ask('GET', MANIFEST, undefined, 'all')).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining('/projects/{project}') } },
    });
    await ask('POST', `/projects/blog${FLAGS}`, BANNER, 'all');
    expect((await ask('GET', `/projects/blog${MANIFEST}`, undefined, 'all')).body).toMatchObject({
      flags: [{ key: 'banner' }],
    });
    expect((await ask('GET', MANIFEST)).body).toEqual({ flags: [] });
    expect((await ask('GET', `/projects/blog${MANIFEST}`)).status).toBe(403);
  });

  it.each([
    ['viewer', 200, 403, 'read'],
    ['sdk', 403, 403, null],
    ['staging', 200, 403, 'read'],
    ['editor', 200, 201, 'read,write,delete'],
  ])('%s may read: %i, write: %i', async (who, reads, writes, can) => {
    expect(await ask('GET', MANIFEST, undefined, who)).toMatchObject({ status: reads, can });
    expect((await ask('POST', FLAGS, BANNER, who)).status).toBe(writes);
  });
});
