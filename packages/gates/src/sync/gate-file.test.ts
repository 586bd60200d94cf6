import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@flagwright/test-servers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gateFile } from './gate-file.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gates-file-'));
  path = join(folder, 'gates.yaml');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const put = (text: string): Promise<void> => writeFile(path, text);
const text = (): Promise<string> => readFile(path, 'utf8');
const changes = (values: Readonly<Record<string, boolean | undefined>>) => new Map(Object.entries(values));
const gates = (values: Readonly<Record<string, boolean>>) => new Map(Object.entries(values));

describe('read', () => {
  it.each<[what: string, string, Readonly<Record<string, boolean>>]>([
    ['names', 'features:\n  a: true\n  b: false\n', { a: true, b: false }],
    ['words for true and false', 'features:\n  a: "false"\n  b: "T"\n  c: null\n', { a: false, b: true }],
    ['nested names', 'feature:\n  storage:\n    ceph: true\n  x: false\n', { 'storage.ceph': true, x: false }],
    ['both spellings of a gate', 'features:\n  feature.a: true\nfeature:\n  a: true\n', { a: true }],
    ['a doubled prefix', 'features:\n  feature.feature.x: true\n', { x: true }],
    ['none', 'features: {}\nother: 1\n', {}],
  ])('%s', async (_, given, expected) => {
    await put(given);
    expect(await gateFile(path).read()).toEqual(gates(expected));
  });

  it.each(['', '\n', '# nothing yet\n'])('%j is as good as no file', async (given) => {
    expect(await gateFile(path).read()).toBeUndefined();
    await put(given);
    expect(await gateFile(path).read()).toBeUndefined();
  });

  it('tells what cannot be read, and where', async () => {
    await put('features:\n  a: true\n  b: maybe\n');
    await expect(gateFile(path).read()).rejects.toMatchObject({
      code: 'PARSE_ERROR',
      message: expect.stringContaining(`${path}:3:6`),
    });
  });
});

it.each([
  'featureGates',
  'feature-gates',
  'feature_gates',
  'feature-enable',
  'feature_enable',
  'featureEnable',
  'feature-disable',
  'feature_disable',
  'featureDisable',
])('%s sets gates that would never reach the cluster: that is an error, with its line', async (key) => {
  const value = key.includes('ates') ? '{ b: true }' : 'b';
  const wrong = `features:\n  a: true\n${key}: ${value}\n`;
  await put(wrong);
  const error = { code: 'PARSE_ERROR', message: expect.stringMatching(`${path}:3:[0-9]+: ${key} sets no gates`) };
  await expect(gateFile(path).read()).rejects.toMatchObject(error);
  await expect(gateFile(path).write(changes({ a: false }))).rejects.toMatchObject(error);
  expect(await text()).toBe(wrong);
});

describe('write', () => {
  it('keeps comments, what is foreign, and permissions, and leaves nothing behind', async () => {
    await put('# ours\nfeatures:\n  a: true # yes\nother: [1]\n');
    await chmod(path, 0o640);
    await gateFile(path).write(changes({ a: false, b: true }));
    expect(await text()).toBe('# ours\nfeatures:\n  a: false # yes\n  b: true\nother: [1]\n');
    expect((await stat(path)).mode & 0o777).toBe(0o640);
    expect(await readdir(folder)).toEqual(['gates.yaml']);
  });

  it('takes both spellings of a gate', async () => {
    await put('features:\n  a: true\n');
    await gateFile(path).write(changes({ 'feature.a': false, 'feature.feature.b': true }), gates({ a: true }));
    expect(await text()).toBe('features:\n  a: false\n  b: true\n');
  });

  it.each<[what: string, given: unknown, was?: unknown]>([
    ['a text', new Map([['a', 'false']])],
    ['a number', new Map([['a', 1]])],
    ['null', new Map([['a', null]])],
    ['a name that is empty', new Map([['', true]])],
    ['a name with a line', new Map([['b\nother: 1', true]])],
    ['a name that is no text', new Map([[1, true]])],
    [
      'two values',
      new Map([
        ['a', true],
        ['feature.a', false],
      ]),
    ],
    ['an object', { a: true }],
    ['a list', [['a', true]]],
    ['nothing', undefined],
    ['an object for what was', new Map([['a', true]]), { a: false }],
  ])('refuses %s, and says so', async (_, given, was) => {
    await put('features:\n  z: true\n');
    await expect(gateFile(path).write(given as never, was as never)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect(await text()).toBe('features:\n  z: true\n');
  });

  it('makes a file', async () => {
    await gateFile(path).write(changes({ a: true, gone: undefined }), null);
    expect(await text()).toBe('features:\n  a: true\n');
    expect((await stat(path)).mode & 0o777).toBe(0o644);
  });

  it('leaves a file alone in which nothing changes', async () => {
    await put('features:\n  a: true\n');
    const { ino } = await stat(path);
    await gateFile(path).write(changes({ a: true, gone: undefined }));
    expect((await stat(path)).ino).toBe(ino);
  });

  it('follows a symbolic link', async () => {
    await mkdir(join(folder, 'real'));
    const real = join(folder, 'real', 'g.yaml');
    await writeFile(real, 'features:\n  a: true\n');
    await symlink(real, path);
    await gateFile(path).write(changes({ a: false }));
    expect(await readFile(real, 'utf8')).toBe('features:\n  a: false\n');
    expect(await readdir(join(folder, 'real'))).toEqual(['g.yaml']);
  });

  it('follows a symbolic link that leads to nothing yet', async () => {
    await mkdir(join(folder, 'real'));
    await symlink(join('real', 'g.yaml'), join(folder, 'second'));
    await symlink('second', path);
    await gateFile(path).write(changes({ a: false }));
    expect(await readFile(join(folder, 'real', 'g.yaml'), 'utf8')).toBe('features:\n  a: false\n');
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
  });

  it.each<[what: string, file: string | undefined, was: Readonly<Record<string, boolean>>]>([
    ['another value', 'features:\n  a: false\n', { a: true }],
    ['a gate that was set', 'features:\n  a: false\n', {}],
    ['a gate that was unset', 'features: {}\n', { a: true }],
    ['a file that is gone', undefined, { b: true }],
    ['a file that was emptied', '', { b: true }],
    ['a file without gates that is gone', undefined, {}],
  ])('stops before %s', async (_, file, was) => {
    if (file !== undefined) await put(file);
    await expect(gateFile(path).write(changes({ a: undefined, c: true }), gates(was))).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    if (file !== undefined) expect(await text()).toBe(file);
    else expect(await readdir(folder)).toEqual([]);
  });

  it('keeps what else was changed meanwhile', async () => {
    await put('features:\n  a: true\n  new: true\n');
    await gateFile(path).write(changes({ a: false }), gates({ a: true }));
    expect(await text()).toBe('features:\n  a: false\n  new: true\n');
  });

  it('never writes over what cannot be read', async () => {
    await put('features: [\n');
    await expect(gateFile(path).write(changes({ a: true }))).rejects.toMatchObject({ code: 'PARSE_ERROR' });
    expect(await text()).toBe('features: [\n');
  });

  it('loses none of many writers at once', async () => {
    await put('features: {}\n');
    const names = Array.from({ length: 25 }, (_, i) => `gate-${i}`);
    await Promise.all(names.map((name) => gateFile(path, { patience: 20_000 }).write(changes({ [name]: true }))));
    expect([...(await gateFile(path).read())!.keys()].sort()).toEqual([...names].sort());
    expect(await readdir(folder)).toEqual(['gates.yaml']);
  });

  it('goes over what a killed writer left', async () => {
    await put('features: {}\n');
    await writeFile(join(folder, '.gates.yaml.new'), 'half');
    await writeFile(`${path}.lock`, JSON.stringify({ pid: process.pid, host: hostname(), token: 'gone' }));
    await gateFile(path).write(changes({ a: true }));
    expect(await text()).toBe('features:\n  a: true\n');
    expect(await readdir(folder)).toEqual(['gates.yaml']);
  });

  it('waits for another writer, and not for ever', async () => {
    await put('features: {}\n');
    await writeFile(`${path}.lock`, JSON.stringify({ pid: 1, host: hostname(), token: 'x' }));
    await expect(gateFile(path, { patience: 50 }).write(changes({ a: true }))).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    const waiting = gateFile(path, { patience: 20_000 }).write(changes({ a: true }));
    await rm(`${path}.lock`);
    await waiting;
    expect(await text()).toBe('features:\n  a: true\n');
  });

  it('tells a folder that is not there', async () => {
    const lost = gateFile(join(folder, 'none', 'g.yaml'));
    await expect(lost.write(changes({ a: true }))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describe('hints', () => {
  const hinted = async (how: () => Promise<unknown>): Promise<void> => {
    let hints = 0;
    const stop = await gateFile(path).subscribe!(() => hints++);
    await how();
    await until('a hint', () => hints > 0);
    await stop();
  };

  it('come when a file is written in place', async () => {
    await put('features: {}\n');
    await hinted(() => put('features:\n  a: true\n'));
  });

  it('come when a file is replaced', async () => {
    await put('features: {}\n');
    await writeFile(join(folder, 'other'), 'features:\n  a: true\n');
    await hinted(() => rename(join(folder, 'other'), path));
  });

  it('come when a file is made', () => hinted(() => put('features:\n  a: true\n')));

  it('come when what a link leads to is replaced', async () => {
    await mkdir(join(folder, 'real'));
    await writeFile(join(folder, 'real', 'g.yaml'), 'features: {}\n');
    await symlink(join(folder, 'real', 'g.yaml'), path);
    await hinted(() => gateFile(path).write(changes({ a: true })));
  });
});

it.each([[''], [undefined], [1], ['a\0b'], ['gates.toml']])('%j is no path of such a file', (given) => {
  expect(() => gateFile(given as string)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
});

it('says where to keep what is remembered', () => {
  expect(gateFile('/etc/x/gates.yaml').baseline).toBe('/etc/x/.gates.yaml.sync.json');
  expect(gateFile('/etc/x/gates.yaml', { baseline: '/var/lib/x.json' }).baseline).toBe('/var/lib/x.json');
});
