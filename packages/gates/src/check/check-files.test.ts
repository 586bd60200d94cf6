import { execFileSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FlagError } from '@flagwright/core';
import { describe, expect, it } from 'vitest';
import { check, folder, freshFolder, milo, plant } from '../../test/source-tree.ts';
import { checkGates } from './index.ts';

freshFolder();

describe('feature classes', () => {
  const tree = {
    'src/base.ts': `export class Feature {} export abstract class Net extends Feature {} export abstract class Good extends gated(Feature, spec) {}`,
    'src/features.ts': `
      class Dns extends gated(Feature, { name }) {}
      class Logged extends logged(legacyFeature(Feature, {})) {}
      class Ceph extends Good {}
      class Vpn extends Net {}
      class Tls extends mixins.logged(Feature) {}
      const Anon = class extends base.Feature {};
      export default class extends Feature {}
      class Other extends Error {}
      class Loop extends Loop2 {} class Loop2 extends Loop {}
    `,
  };

  it('have a gate each', async () => {
    expect((await check([], tree, { featureBases: ['Feature'] })).issues).toEqual([
      'src/features.ts:5:7 ungated-class Vpn',
      'src/features.ts:6:7 ungated-class Tls',
      'src/features.ts:7:20 ungated-class Anon',
      'src/features.ts:8:22 ungated-class a class',
    ]);
  });

  it('are not looked at unless asked for', async () => {
    expect((await check([], tree)).issues).toEqual([]);
  });
});

describe('the files', () => {
  const use = `gates.enabled('A')`;

  it('are sources, and not what was made of them or installed', async () => {
    const tree = {
      'src/a.ts': '',
      'src/node_modules/x/a.ts': use,
      'src/dist/a.js': use,
      'src/.hidden/a.ts': use,
      'src/.a.ts': use,
      'src/a.d.ts': use,
      'src/a.d.mts': use,
      'src/a.md': use,
      'src/a.test.ts': use,
      'src/test/a.ts': use,
      'src/made/a.ts': use,
    };
    const skip = (path: string): boolean => path.endsWith('/made');
    expect(await check(['A'], tree, { skip })).toMatchObject({ used: [], files: 1 });
    expect(await check(['A'], tree, { skip, tests: true })).toMatchObject({ used: ['A'], files: 3 });
    // what is named is meant
    expect(await check(['A'], tree, { roots: [join(folder, 'src/dist')] })).toMatchObject({ used: ['A'], files: 1 });
  });

  it('may be named one by one, and twice', async () => {
    plant({ 'src/a.ts': use, 'src/b.test.ts': use });
    const roots = ['src/a.ts', 'src/b.test.ts', 'src', 'src/../src'].map((path) => join(folder, path));
    expect(await check(['A'], {}, { roots })).toMatchObject({ files: 2 });
  });

  it('behind links are left alone', async () => {
    plant({ 'src/a.ts': '', 'other/a.ts': use });
    symlinkSync(join(folder, 'other'), join(folder, 'src/linked'));
    symlinkSync(join(folder, 'src'), join(folder, 'src/circle'));
    expect(await check(['A'], {})).toMatchObject({ used: [], files: 1 });
  });

  it.each([
    ['is no program', `const gates = ;`, 'src/a.ts:1:15 not-parsed'],
    ['is nested too deep', `gates(${'['.repeat(30_000)}${']'.repeat(30_000)})`, 'src/a.ts:1:1 too-deep'],
    ['is too large', `gates.enabled('A') // ${'x'.repeat(2 ** 20)}`, 'src/a.ts:1:1 too-large'],
  ])('are told of one that %s, and the others are read', async (_, text, issue) => {
    const { issues, used } = await check(['A'], { 'src/a.ts': text, 'src/b.ts': use });
    expect(issues).toEqual([expect.stringContaining(issue)]);
    expect(used).toEqual(['A']);
  });

  it.each([
    ['else if', 'if (a) b()\n', 'else if (a === 2) { b() }\n', 8_000],
    ['a choice', 'x = ', 'a === 1 ? b : ', 12_000],
    ['arrows', 'x = ', 'a => ', 12_000],
    ['signs', 'x = ', '!', 50_000],
    ['types', 'type X = ', 'keyof ', 40_000],
    ['sums', 'x = a', ' + a', 80_000],
    ['half of a choice, which the parser reads', 'gates.enabled(', 'a ? b : ', 1_500],
  ])('are told of one that is deep without brackets: %s', async (_, head, part, times) => {
    const text = `${head}${part.repeat(times)}${head.includes('if') || head.endsWith(' + a') ? '' : 'A'}`;
    const tree = { 'src/a.ts': `gates\n${text}${head.startsWith('gates') ? ')' : ''}`, 'src/b.ts': use };
    const { issues, used } = await check(['A'], tree);
    expect(issues).toEqual(times > 1_500 ? [expect.stringContaining('src/a.ts:1:1 too-deep')] : []);
    expect(used).toEqual(['A']);
  });

  it('may have brackets in texts, patterns and comments', async () => {
    const rows = `  { text: "a smile :(", kind: /[(]/ }, // :(\n`.repeat(2_000);
    expect(await check(['A'], { 'src/a.ts': `const rows = [\n${rows}];\n${use}` })).toMatchObject({
      issues: [],
      used: ['A'],
    });
  });

  it('may have long lists', async () => {
    const text = `const list = [${'0,'.repeat(150_000)}]; ${use}`;
    expect(await check(['A'], { 'src/a.ts': text })).toMatchObject({ issues: [], used: ['A'] });
  });

  it.each([
    ['JSX in JavaScript', 'src/a.js', `export const x = <b/>; ${use}`],
    ['a return out of a script', 'src/a.cjs', `if (x) return; ${use}`],
  ])('may have %s', async (_, file, text) => {
    expect(await check(['A'], { [file]: text })).toMatchObject({ issues: [], used: ['A'] });
  });

  it('are told of one in another encoding', async () => {
    plant({ 'src/b.ts': use });
    writeFileSync(join(folder, 'src/a.ts'), `\uFEFF${use}`, 'utf16le');
    expect(await check(['A'], {})).toMatchObject({ issues: [expect.stringContaining('src/a.ts:1:1 not-parsed')] });
  });

  it('are none in a pipe, which would wait for ever', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe.ts')]);
    const roots = [join(folder, 'pipe.ts')];
    await expect(checkGates({ gates: milo({}), roots })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('may be long, if they are flat', async () => {
    const text = `${'[{}],'.repeat(5_000)}${use}`;
    expect(await check(['A'], { 'src/a.ts': text })).toMatchObject({ issues: [], used: ['A'] });
  });

  it.each([
    ['a module', `await start(); gates.enabled('A')`],
    ['a script', `with (gates) { var yield = 010; } gates.enabled('A')`],
  ])('may be %s', async (_, text) => {
    expect(await check(['A'], { 'src/a.js': text })).toMatchObject({ issues: [], used: ['A'] });
  });

  it('may begin with a mark of their encoding', async () => {
    expect(await check([], { 'src/a.ts': `\uFEFFgates.enabled('X')` })).toMatchObject({
      issues: ['src/a.ts:1:15 unknown-gate X'],
    });
  });

  it.each([
    ['a folder that is not there', 'nowhere', 'NOT_FOUND'],
    ['a folder without sources', '.', 'NOT_FOUND'],
  ])('are there: %s', async (_, root, code) => {
    await expect(checkGates({ gates: milo({}), roots: [join(folder, root)] })).rejects.toMatchObject({ code });
    await expect(checkGates({ gates: milo({}), roots: [] })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('are held against gates that there are', async () => {
    const error: FlagError = await checkGates({ gates: milo({}), roots: [folder], used: ['X'] }).catch((e) => e);
    expect(error.code).toBe('INVALID_ARGUMENT');
  });
});
