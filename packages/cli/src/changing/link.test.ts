import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Served, seedProject, served } from '../../test/server.ts';
import type { Ran, Surroundings } from '../../test/world.ts';

let server: Served;
let count = 0;
let project: string;

beforeAll(async () => {
  server = await served();
});
afterAll(() => server.close());
beforeEach(() => {
  project = `app-${++count}`;
});

const flagctl = (args: readonly string[], more: Surroundings = {}): Promise<Ran> =>
  server.flagctl([...args, '--project', project], more);

describe('unlink', () => {
  it('tells of the protection that goes with it', async () => {
    await seedProject(server.api, project);
    const links = server.api.links(project);
    await links.replace('production', { spec: { requireChangeRequest: true, requireSecondApprover: true } });
    await server.api
      .stageDefinitions(project, 'production')
      .replace('new-checkout', { spec: { enabled: true } }, { force: true });
    const options = '--require-change-request=true --require-second-approver=true';
    expect(await flagctl(['unlink', 'stage', 'production'])).toMatchObject({
      code: 6,
      err: expect.stringContaining(
        `\n  The protection of the stage goes with the link: link it then with ${options}\n`,
      ),
    });
    const asked = await flagctl(['unlink', 'stage', 'production'], {
      terminal: { in: true, out: true, err: true, columns: 80 },
    });
    expect(asked.err).toContain('own defaults. The protection of the stage goes with the link. [y/N] ');
    const { code, err } = await flagctl(['unlink', 'stage', 'production', '--force']);
    const again = `link stage production --project ${project} ${options}`;
    expect({ code, err }).toEqual({
      code: 0,
      err: `The protection of the stage goes with the link. To link it as it was: flagctl ${again}\n`,
    });
    expect(await server.flagctl(again.split(' '))).toMatchObject({ code: 0 });
    expect((await links.get('production')).spec).toEqual({ requireChangeRequest: true, requireSecondApprover: true });
  });

  it('says nothing of a protection that there was none of', async () => {
    await seedProject(server.api, project);
    expect(await flagctl(['unlink', 'stage', 'dev'])).toMatchObject({ code: 0, err: '' });
  });
});

describe('link', () => {
  it('links a stage, by either spelling, and leaves one alone that is linked', async () => {
    await server.api.projects.create({ metadata: { id: project }, spec: {} });
    expect(await flagctl(['link', 'stage', 'dev'])).toEqual({
      code: 0,
      out: `stage/dev linked to project "${project}"\n`,
      err: '',
    });
    expect(await flagctl(['link', 'stage', '--stage', 'staging'])).toMatchObject({
      code: 0,
      out: `stage/staging linked to project "${project}"\n`,
    });
    expect(await flagctl(['link', 'stage', 'dev', '--stage', 'dev'])).toEqual({
      code: 0,
      out: 'stage/dev unchanged\n',
      err: '',
    });
    expect((await server.api.links(project).list()).items.map(({ id }) => id)).toEqual(['dev', 'staging']);
  });

  it('does not take a protection away that is there', async () => {
    await server.api.projects.create({ metadata: { id: project }, spec: {} });
    await flagctl(['link', 'stage', 'dev', '--require-change-request=true', '--comment', 'careful']);
    const links = server.api.links(project);
    expect((await links.history('dev')).items[0]).toMatchObject({ comment: 'careful' });
    expect(await flagctl(['link', 'stage', 'dev'])).toMatchObject({ out: 'stage/dev unchanged\n' });
    expect((await links.get('dev')).spec).toEqual({ requireChangeRequest: true });
    expect(await flagctl(['link', 'stage', 'dev', '--require-second-approver=true'])).toMatchObject({
      out: 'stage/dev updated\n',
    });
    expect((await links.get('dev')).spec).toEqual({ requireChangeRequest: true, requireSecondApprover: true });
  });

  it('does not know a stage or a project that is not there', async () => {
    await server.api.projects.create({ metadata: { id: project }, spec: {} });
    expect(await flagctl(['link', 'stage', 'prod'])).toEqual({
      code: 4,
      out: '',
      err: `Error: stage "prod" not found\n  Run 'flagctl get stages' to list available stages\n`,
    });
    expect(await server.flagctl(['link', 'stage', 'dev', '--project', 'nope'])).toEqual({
      code: 4,
      out: '',
      err: `Error: project "nope" not found\n  Run 'flagctl get projects' to list available projects\n`,
    });
  });

  it.each<[args: readonly string[], text: RegExp]>([
    [['stage'], /^Error: link: which stage\? Say its id\n/],
    [['stage', 'a', '--stage', 'b'], /^Error: the stage is "a", and by --stage it is "b"\n {2}Say it once\n/],
    [['ps', 'a'], /^Error: links to stages cannot be named to link\n {2}Say 'flagctl link stage <id>'\n/],
  ])('%j makes no sense', async (args, text) => {
    const ran = await flagctl(['link', ...args], { env: { FLAGCTL_STAGE: 'production' } });
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err).toMatch(text);
  });
});

describe('unlink', () => {
  it('needs no question where nothing is active', async () => {
    await seedProject(server.api, project);
    expect(await flagctl(['unlink', 'stage', 'dev'])).toEqual({
      code: 0,
      out: `stage/dev unlinked from project "${project}"\n`,
      err: '',
    });
    expect(await flagctl(['unlink', 'stage', 'dev'])).toMatchObject({
      code: 4,
      err: `Error: link to stage "dev" not found in project "${project}"
  Run 'flagctl get stages --project ${project}' to list linked stages
`,
    });
  });

  it('asks where flags are active', async () => {
    await seedProject(server.api, project);
    await server.api.stageDefinitions(project, 'dev').replace('new-checkout', { spec: { enabled: true } });
    const refused = {
      code: 6,
      out: '',
      err: `Error: cannot unlink stage "dev" from project "${project}": a flag is active in it
  Run 'flagctl get ffs --project ${project} --stage dev' to view stage definitions
  Disable them first, or say --force: their definitions are kept, and serve again when the stage is linked again
`,
    };
    expect(await flagctl(['unlink', 'stage', 'dev'])).toEqual(refused);
    expect(await flagctl(['unlink', 'stage', 'dev', '--dry-run'])).toEqual(refused);
    // that skips the question, and is no answer to what it asks
    expect(await flagctl(['unlink', 'stage', 'dev', '--yes'])).toEqual(refused);
    const terminal = { in: true, out: false, err: false, columns: 80 };
    const question = `Unlink stage "dev" from project "${project}"? 1 flag is active there [new-checkout]; applications will get their own defaults. [y/N] `;
    expect(await flagctl(['unlink', 'stage', 'dev'], { terminal, answers: ['no'] })).toEqual({
      code: 1,
      out: '',
      err: `${question}Nothing was unlinked\n`,
    });
    expect((await server.api.links(project).list()).totalCount).toBe(3);
    expect(await flagctl(['unlink', 'stage', 'dev'], { terminal, answers: ['y'] })).toEqual({
      code: 0,
      out: `stage/dev unlinked from project "${project}"\n`,
      err: question,
    });
    await flagctl(['link', 'stage', 'dev']);
    expect(await flagctl(['unlink', 'stage', 'dev', '--force'])).toMatchObject({ code: 0, err: '' });
  });
});
