import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rejectedBy } from '../../test/thrown.ts';
import { defineGates } from '../gates.ts';
import { layer } from '../layer.ts';
import { liveGates } from '../live.ts';
import { type LoadOptions, loadGates } from './load.ts';

const ABOUT = { owner: '@platform', description: 'For tests.', since: '1.0.0' } as const;
const gates = defineGates(
  { program: 'zarf', version: '1.0.0', onWarning: () => {} },
  {
    A: { ...ABOUT, stage: 'alpha' },
    B: { ...ABOUT, stage: 'alpha' },
    C: { ...ABOUT, stage: 'alpha' },
    D: { ...ABOUT, stage: 'alpha' },
    E: { ...ABOUT, stage: 'alpha' },
    F: { ...ABOUT, stage: 'beta' },
    G: { ...ABOUT, stage: 'beta', requires: ['F'] },
    Locked: { ...ABOUT, stage: 'ga', locked: true },
  },
);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gates-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function write(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** Nothing of the process that runs the tests. */
const load = (options: LoadOptions) => loadGates(gates, { argv: [], env: {}, ...options });

describe('precedence', () => {
  it('is by gate and not by set: command line, environment, file, local file, user, default', async () => {
    const { gates: after, rest } = await load({
      argv: ['deploy', '--feature-gates=A=true', '--wait'],
      env: { ZARF_FEATURES: '{"A": false, "B": true}' },
      file: await write('file.yaml', 'features: {A: false, B: false, C: true}\n'),
      local: await write('local.toml', '[feature]\nA = false\nB = false\nC = false\nD = true\n'),
      userLayer: layer('user', { A: false, B: false, C: false, D: false, E: true }, 'set()'),
    });
    expect(after.list().map(({ name, enabled, layer }) => [name, enabled, layer])).toEqual([
      ['A', true, 'flag'],
      ['B', true, 'env'],
      ['C', true, 'file'],
      ['D', true, 'local'],
      ['E', true, 'user'],
      ['F', true, 'default'],
      ['G', true, 'default'],
      ['Locked', true, 'locked'],
    ]);
    expect(rest).toEqual(['deploy', '--wait']);
    expect(after.state('C')).toMatchObject({ from: join(folder, 'file.yaml'), place: { line: 1, column: 35 } });
  });

  it('lets a lower layer say nothing of what a higher one has set to false', async () => {
    const { gates: after } = await load({
      argv: ['--feature-disable=A'],
      env: { ZARF_FEATURE_B: '0' },
      file: await write('on.yaml', 'feature-enable: [A, B, C]\n'),
    });
    expect(['A', 'B', 'C'].map((name) => after.enabled(name as 'A'))).toEqual([false, false, true]);
  });

  it('has AllAlpha of a higher layer before the gate of a lower one, and the gate before AllAlpha in one layer', async () => {
    const { gates: after } = await load({
      argv: ['--feature-gates=AllAlpha=true,B=false'],
      env: { ZARF_FEATURE_GATES: 'A=false,B=true' },
    });
    expect([after.enabled('A'), after.enabled('B'), after.enabled('C')]).toEqual([true, false, true]);
  });
});

describe('what is read', () => {
  it('is the command line and the environment of the process unless told otherwise', async () => {
    const { argv } = process;
    process.argv = [argv[0]!, 'zarf', 'x', '--feature-enable=A'];
    process.env.ZARF_FEATURE_B = 'true';
    try {
      const { gates: after, rest } = await loadGates(gates);
      expect([after.state('A').layer, after.state('B').layer, rest]).toEqual(['flag', 'env', ['x']]);
      const none = await loadGates(gates, { argv: false, env: false });
      expect([none.gates.layer('flag'), none.gates.layer('env'), none.rest]).toEqual([undefined, undefined, []]);
    } finally {
      process.argv = argv;
      delete process.env.ZARF_FEATURE_B;
    }
  });

  it('takes the place of what was read before', async () => {
    const first = await load({
      argv: ['--feature-gates=AllAlpha=true'],
      env: { ZARF_FEATURE_F: 'false', ZARF_FEATURE_G: 'false' },
    });
    expect(first.gates.enabled('A')).toBe(true);
    const second = await loadGates(first.gates, { argv: [], env: false });
    expect([second.gates.enabled('A'), second.gates.enabled('F')]).toEqual([false, false]);
  });

  it.each(['featureGates: { A: true }', 'feature_gates: { A: true }', 'feature-enable: A', 'featureDisable: [A]'])(
    'has features and feature alone in a local file, and not %j',
    async (section) => {
      const local = await write('local.yaml', `features: { B: true }\n${section}\n`);
      const error = await rejectedBy(() => load({ local }));
      expect(error).toMatchObject({ code: 'PARSE_ERROR', issues: [{ code: 'not-in-local-file', place: { line: 2 } }] });
      const { gates: after } = await load({ local: { path: local, shapes: ['features', 'feature'] } });
      expect(after.layer('local')?.settings).toMatchObject([{ name: 'B', enabled: true }]);
      await load({ file: local });
    },
  );

  it('is a file that must be there, and a local one that may be missing', async () => {
    const path = join(folder, 'missing.yaml');
    expect((await rejectedBy(() => load({ file: path }))).code).toBe('NOT_FOUND');
    expect((await rejectedBy(() => load({ local: { path, optional: false } }))).code).toBe('NOT_FOUND');
    const { gates: after } = await load({ local: path, file: { path, optional: true } });
    expect(after.layer('local')).toEqual({ name: 'local', settings: [] });
  });

  it('may be called otherwise', async () => {
    const { gates: after, rest } = await load({
      argv: ['--features', 'A', '--with=B=true'],
      names: { features: '--with' },
      file: {
        path: await write('other', 'gates = 1\n[featureGates]\nC = true\n[features]\nx = 1'),
        format: 'toml',
        shapes: ['featureGates'],
      },
    });
    expect([after.enabled('B'), after.enabled('C'), rest]).toEqual([true, true, ['--features', 'A']]);
  });
});

describe('problems', () => {
  it('are told all at once, of all sources, those of spelling and those of names', async () => {
    const file = await write('bad.yaml', 'features:\n  A: 1\n  Lock: true\nfeature-disable: [Locked]\n');
    const local = await write('bad.toml', '[feature]\na = tru\n');
    const error = await rejectedBy(() =>
      load({
        argv: ['--feature-gates=A,B=true', '--feature-disable=B', '--features'],
        env: { ZARF_FEATURE_C: 'on', ZARF_FEATURE_ABC: 'true' },
        file,
        local,
      }),
    );
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.issues.map(({ code, path }) => [code, ...path].join(' ')).sort()).toEqual([
      'locked file Locked',
      'missing-value --features',
      'missing-value A',
      'not-a-boolean C',
      'not-a-boolean features A',
      'on-and-off flag B',
      'syntax',
      'unknown-gate env Abc',
      'unknown-gate file Lock',
    ]);
    const lines = error.message.split('\n');
    expect(lines[0]).toBe('the feature gates of zarf cannot be set so:');
    expect(lines).toHaveLength(10);
    expect(error.message).toContain(`${file}:2:6`);
    expect(error.message).toContain(`${local}:2:5`);
  });

  it('keep their code if there is one source of them', async () => {
    const file = await write('one.yaml', 'features: {A: 1}\n');
    expect((await rejectedBy(() => load({ file }))).code).toBe('PARSE_ERROR');
    expect((await rejectedBy(() => load({ argv: ['--features=A'] }))).message).toBe(
      'A must be formatted as key=value (set by --features)',
    );
    expect((await rejectedBy(() => load({ env: { ZARF_FEATURE_XYZ: '1' } }))).issues).toMatchObject([
      { code: 'unknown-gate' },
    ]);
  });

  it('of two files that are missing are both told', async () => {
    const [file, local] = [join(folder, 'no1.yaml'), { path: join(folder, 'no2.yaml'), optional: false }];
    const error = await rejectedBy(() => load({ file, local }));
    expect(error.issues).toHaveLength(2);
    expect(error.message).toMatch(/no1\.yaml[\s\S]*no2\.yaml/);
  });

  it('do not include requirements that one of them may have met', async () => {
    const error = await rejectedBy(() => load({ argv: ['--feature-gates=F=false,G=fasle,Nope=1'] }));
    expect(error.issues.map(({ code }) => code)).toEqual(['not-a-boolean', 'unknown-gate']);
    const alone = await rejectedBy(() => load({ argv: ['--feature-gates=F=false'] }));
    expect(alone.issues).toMatchObject([{ code: 'unmet-requirement' }]);
    expect(alone.message).toContain('G is enabled, but depends on features that are disabled: [F]');
  });

  it('leave the gates as they were', async () => {
    await rejectedBy(() => load({ argv: ['--feature-gates=A=true,B'] }));
    expect(gates.enabled('A')).toBe(false);
    expect((await load({ argv: ['--feature-gates=A=true'] })).gates.enabled('A')).toBe(true);
  });

  it('of the caller are told at once', async () => {
    const names = { features: '-f' as '--f' };
    expect((await rejectedBy(() => load({ names }))).code).toBe('INVALID_ARGUMENT');
  });

  it.each<[what: string, options: unknown]>([
    ['no words', { argv: null }],
    ['words that are no text', { argv: [5] }],
    ['no environment', { env: null }],
    ['an empty path', { file: '' }],
    ['no path', { file: {} }],
    ['an unknown format', { file: { path: fileURLToPath(import.meta.url), format: 'xml' } }],
    ['a layer that is none', { userLayer: null }],
  ])('are refused with %s', async (_what, options) => {
    expect((await rejectedBy(() => load(options as LoadOptions))).code).toBe('INVALID_ARGUMENT');
  });

  it.each([liveGates(gates), undefined])('lie over gates, and nothing else', async (given) => {
    expect((await rejectedBy(() => loadGates(given as never, { argv: [], env: {} }))).code).toBe('INVALID_ARGUMENT');
  });
});
