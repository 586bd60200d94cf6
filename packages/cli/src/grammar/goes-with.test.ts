import { expect, it } from 'vitest';
import { ran } from '../../test/world.ts';

/** A server that knows nothing: what gets to it makes sense. */
const nothing = async (): Promise<Response> => new Response('', { status: 404 });

it.each([
  ['get projects --project shop', '--project', 'Its id alone says which project it is'],
  ['delete project shop2 --project shop --force', '--project', 'Its id alone says which project it is'],
  ['patch project shop --project shop2 --name x', '--project', 'Its id alone says which project it is'],
  ['edit project shop --project shop2', '--project', 'Its id alone says which project it is'],
  ['create project shop --project shop2', '--project', 'Its id alone says which project it is'],
  ['rollback project shop --project shop2', '--project', 'Its id alone says which project it is'],
  ['history project shop --project shop2', '--project', 'Its id alone says which project it is'],
  ['describe project shop --project shop2', '--project', 'Its id alone says which project it is'],
  ['patch stage dev --project shop --description x', '--project', 'A stage is one for all projects'],
  ['edit stage dev --project shop', '--project', 'A stage is one for all projects'],
  ['create stage dev --project shop', '--project', 'A stage is one for all projects'],
  ['rollback stage dev --project shop', '--project', 'A stage is one for all projects'],
  ['history stage dev --project shop', '--project', 'A stage is one for all projects'],
  ['describe stage dev --project shop', '--project', 'A stage is one for all projects'],
  ['delete stage dev --project shop', '--project', 'To have it serve the project no more'],
  ['patch template t --project shop --name x', '--project', 'Leave it out: templates are in no project'],
  ['patch stage dev --stage prod --name x', '--stage', 'A stage is one for all projects'],
  ['patch ps dev --stage prod --require-change-request=true', '--stage', 'The stage of a link is its id'],
  ['history ctx tier --stage prod', '--stage', 'Leave it out: context attributes are in no stage'],
  ['rollback ff x --stage prod', '--stage', 'Did you mean ffs?'],
  ['watch ff --stage prod', '--stage', 'Did you mean ffs?'],
  ['get stage dev --project shop', '--project', ''],
])('%s: what the kind has not is not passed over', async (line, option, hint) => {
  const { code, out, err } = await ran(line.split(' '), {
    env: { EDITOR: 'ed', FLAGCTL_SERVER: 'http://127.0.0.1:1' },
  });
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(new RegExp(`^Error: ${option} goes with `));
  expect(err).toContain(hint === '' ? 'not with ids as "dev"\n' : `\n  ${hint}`);
});

it.each([
  'patch project shop --project shop --name x',
  'get stages --project shop',
  'link stage dev --project shop',
  'unlink stage --stage dev --project shop',
  'exec ff x --project shop --stage dev',
  'describe cr cr-1 --project shop --stage dev',
  'patch ps dev --project shop --require-change-request=true',
])('%s makes sense', async (line) => {
  const ended = await ran(line.split(' '), { fetch: nothing });
  expect(ended).toMatchObject({ code: 4, err: expect.stringContaining('the server knows no such address') });
});

it('variables and contexts are only defaults', async () => {
  const env = { FLAGCTL_PROJECT: 'shop', FLAGCTL_STAGE: 'dev' };
  for (const line of ['patch project other --name x', 'history stage prod', 'delete ff x --yes']) {
    expect(await ran(line.split(' '), { env, fetch: nothing })).toMatchObject({ code: 4 });
  }
});
