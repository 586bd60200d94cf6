import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { valueToYaml } from '@flagwright/core/text';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Ran, ran, type Surroundings } from '../../test/world.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'flagctl-simulate-options-'));
  await mkdir(join(cwd, 'flags', 'in'), { recursive: true });
  await writeFile(join(cwd, 'flags/in/f.yaml'), valueToYaml({ flags: { f: { type: 'boolean', default: false } } }));
});
afterAll(() => rm(cwd, { recursive: true }));

const simulate = (args: readonly string[], surroundings: Surroundings = {}): Promise<Ran> =>
  ran(['rollout', 'simulate', ...args], { cwd, ...surroundings });

/** The words of a line as a shell takes them. */
async function words(line: string): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', `printf '%s\\0' ${line}`], { cwd });
  return stdout.split('\0').slice(0, -1);
}

it.each([
  ["O'Brien", "x'; touch pwned; '"],
  ['`touch pwned`', '$(touch pwned)', '$HOME'],
  ['back\\slash', '"quoted"', '!!', 'a,b|c:1', '..'],
  ['line\nbreak', '\u009b31m', 'r\u202el', '\ttab', '%s'],
])('shows how contexts are made so that a shell takes it: %j', async (...values) => {
  for (const attribute of ['name', `${values[0]},x`]) {
    const rules = [{ clauses: [{ attribute, operator: 'in', values }], variation: 'on' }];
    await writeFile(join(cwd, 'q.yaml'), valueToYaml({ flags: { f: { type: 'boolean', default: false, rules } } }));
    const shown = await simulate(['-f', 'q.yaml']);
    expect(shown).toMatchObject({ code: 0, err: '' });
    const [line] = /^ {2}--generate .*$/m.exec(shown.out)!;
    const pasted = await words(line!);
    expect(pasted).toHaveLength(2);
    const { generator } = (JSON.parse((await simulate(['-f', 'q.yaml', '-o', 'json'])).out) as Numbers).contexts;
    expect(pasted[1]).toBe(generator);
    const [one, again] = [
      await simulate(['-f', 'q.yaml', '-o', 'json']),
      await simulate(['-f', 'q.yaml', '-o', 'json', ...pasted]),
    ];
    expect(again).toEqual(one);
  }
  expect(await readdir(cwd)).not.toContain('pwned');
});

interface Numbers {
  readonly contexts: { readonly generator: string };
}

it('shows JSON Logic so that a shell takes it', async () => {
  const targeting = { fractional: [{ cat: ["it's", { var: 'targetingKey' }] }, ['a', 75], ['b', 25]] };
  const f = { variants: { a: 1, b: 2 }, defaultVariant: 'a', targeting };
  await writeFile(join(cwd, 'logic.yaml'), valueToYaml({ flags: { f } }));
  const { code, err } = await simulate(['f', '-f', 'logic.yaml', '--percentage', '50']);
  expect(code).toBe(2);
  const [, option, logic] = await words(/shares: (--targeting .*)$/m.exec(err)![0].replace('shares: ', 'x '));
  expect([option, JSON.parse(logic!)]).toEqual(['--targeting', targeting]);
});

const MOVING = ['f', '-f', 'flags/in', '--weights', 'on=100', '--count', '20', '--generate', 'targetingKey=uuid'];

it('writes those who move to the standard output, and nothing else', async () => {
  await simulate([...MOVING, '--moved-to-file', 'moved.jsonl']);
  const moved = await readFile(join(cwd, 'moved.jsonl'), 'utf8');
  expect(moved.split('\n')).toHaveLength(21);
  for (const env of [{}, { FLAGCTL_OUTPUT: 'json' }]) {
    const result = await simulate([...MOVING, '--moved-to-file', '-'], { env });
    expect(result).toEqual({ code: 0, out: moved, err: '' });
  }
  expect(await simulate([...MOVING, '--moved-to-file', '-', '--max-moved', '5%'])).toMatchObject({
    code: 1,
    out: moved,
  });
  expect(await readdir(cwd)).not.toContain('-');
});

it.each(['json', 'yaml'])('has one document in the standard output, and not %s beside those who move', async (form) => {
  const { code, out, err } = await simulate([...MOVING, '--moved-to-file', '-', '-o', form]);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(`-o ${form} and --moved-to-file both write to the standard output`);
});

it('reads folders within folders by -R, and writes over none of their files', async () => {
  const args = ['f', '-f', 'flags'];
  const without = await simulate(args);
  expect(without.code).toBe(4);
  expect(without.err).toContain('Folders within it are read with --recursive');
  for (const option of ['-R', '--recursive'])
    expect(await simulate([...args, option])).toMatchObject({ code: 0, err: '' });
  expect(await simulate([...args, '--after', 'flags', '-R'])).toMatchObject({ code: 0, err: '' });
  const over = await simulate([...args, '-R', '--enabled', 'false', '--moved-to-file', 'flags/in/f.yaml']);
  expect(over.code).toBe(2);
  expect(over.err).toContain('--moved-to-file would write over a file that is read');
  expect(await readFile(join(cwd, 'flags/in/f.yaml'), 'utf8')).toContain('flags:');
});

it('takes one file for JSON Logic', async () => {
  const { code, err } = await simulate([...MOVING.slice(0, 3), '--targeting', '@flags']);
  expect({ code, err }).toEqual({ code: 4, err: expect.not.stringContaining('--recursive') });
});
