import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { until } from '@flagwright/test-servers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Home, homeFolder } from '../../test/home.ts';
import type { Command } from '../grammar/command.ts';
import { parseCall } from '../grammar/parse.ts';
import type { World } from '../world.ts';
import { DEFAULT_SERVER, settingsOf } from './settings.ts';
import { tokenByCommand } from './token-command.ts';

let home: Home;
beforeEach(async () => {
  home = await homeFolder();
  await home.write(
    'current-context: prod\ncontexts:\n- {name: prod, context: {project: p, stage: s, environment: "https://prod"}}\n- name: dev\n',
  );
});
afterEach(() => home.remove());

const command: Command = {
  name: 'any',
  usage: [''],
  summary: 'any',
  options: [
    { name: 'context', value: 'context', many: true, summary: 'of both kinds' },
    { name: 'cli-context', value: 'name', summary: 'of the configuration' },
  ],
};

async function settings(path: readonly string[], args: readonly string[], env: World['env'] = {}, asIs = false) {
  const world = { env, cwd: home.folder, home: home.folder, err: () => undefined, now: Date.now } as unknown as World;
  const { options: _, ...plain } = command;
  const { profile, server, project, stage } = await settingsOf(
    await parseCall(asIs ? plain : command, path, args, world),
  );
  return { profile, server, project, stage };
}

it.each<[path: string, args: string[], env: Record<string, string>, profile: string]>([
  ['exec', ['--context', '{"a":1}'], {}, 'prod'],
  ['exec', ['--context', '@user.json'], {}, 'prod'],
  ['exec', ['--context', '{"a":1}'], { FLAGCTL_CONTEXT: 'dev' }, 'dev'],
  ['exec', ['--context', 'dev'], {}, 'dev'],
  ['exec', ['--context', 'dev', '--context', '{"a":1}'], {}, 'dev'],
  ['exec', ['--context', '{"a":1}', '--cli-context', 'dev'], {}, 'dev'],
  ['rollout', ['--context', ' {"a":1}'], {}, 'prod'],
  ['test', ['--context', '@x'], {}, 'prod'],
])('%s %j %j is the context %s', async (verb, args, env, profile) => {
  expect(await settings([verb], args, env)).toMatchObject({ profile });
});

it('of other commands it is always the name of a context', async () => {
  await expect(settings(['get'], ['--context', '{"a":1}'])).rejects.toThrow('there is no context "{\\"a\\":1}"');
});

it('what is said wins over variables, and these over the context', async () => {
  const env = { FLAGCTL_PROJECT: 'p2', FLAGCTL_SERVER: 'https://env' };
  expect(await settings(['get'], [], {}, true)).toEqual({
    profile: 'prod',
    server: 'https://prod',
    project: 'p',
    stage: 's',
  });
  expect(await settings(['get'], ['--stage', 's3'], env, true)).toEqual({
    profile: 'prod',
    server: 'https://env',
    project: 'p2',
    stage: 's3',
  });
  expect(await settings(['get'], ['--context', 'dev'], {}, true)).toEqual({
    profile: 'dev',
    server: DEFAULT_SERVER,
    project: undefined,
    stage: undefined,
  });
});

it('project and stage may have variables, which only those need who ask for them', async () => {
  const project = '$'.concat('{PRJ}');
  await home.write(
    `contexts: [{name: a, context: {project: "${project}-x", stage: "${project}"}}]\ncurrent-context: a\n`,
  );
  expect(await settings(['get'], [], { PRJ: 'shop' }, true)).toMatchObject({ project: 'shop-x', stage: 'shop' });
  await expect(settings(['get'], ['--stage', 'dev'], {}, true)).rejects.toMatchObject({
    exit: 1,
    message: 'the project of context "a" of ~/.config/flagctl/config needs the variable PRJ, which is not set',
  });
  expect(await settings(['get'], ['--stage', 'dev', '--project', 'p'], {}, true)).toMatchObject({ project: 'p' });
});

it('a command that does not end is not waited for, and what it started neither', async () => {
  const world = { env: { PATH: process.env.PATH }, cwd: tmpdir(), err: () => undefined };
  const late = tokenByCommand(world, 'echo hidden; sleep 60 & sleep 60', 'the command', { patience: 100 });
  await expect(late).rejects.toThrow(/^the command did not end within 0\.1 s$/);
});

it('what a command has started ends with it', async () => {
  const said: string[] = [];
  const world = { env: { PATH: process.env.PATH }, cwd: tmpdir(), err: (text: string) => void said.push(text) };
  const script = 'sleep 60 & echo $! >&2; (sleep 60 & echo $! >&2; wait) & echo $! >&2; wait';
  await expect(tokenByCommand(world, script, 'the command', { patience: 500 })).rejects.toThrow('did not end');
  const started = said.join('').trim().split('\n').map(Number);
  expect(started).toHaveLength(3);
  const lives = (pid: number): boolean => {
    try {
      // one that has ended may wait for its parent to look
      return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return false;
    }
  };
  await until('they have ended', () => !started.some(lives));
});
