import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { valueToYaml } from '@flagwright/core/text';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ran } from '../../test/world.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'flagctl-sticky-'));
});
afterAll(() => rm(cwd, { recursive: true }));

const COUNT = 1_000;
const KEPT = 'None of them loses what they had.';
const DEFAULT = 'None of them had anything but the default.';

interface Told {
  /** How many had something, and how many of them lose it, as `had lost`; or only whether it is some or all of them. */
  readonly losses: readonly string[];
  readonly sentences: readonly string[];
}

/** What is told of a flag that changes by options, or into another one; undefined: it is removed. */
async function told(flag: object, change: readonly string[] | object | undefined, more: object = {}): Promise<Told> {
  const write = (name: string, flags: object, rest: object = {}): Promise<void> =>
    writeFile(join(cwd, name), valueToYaml({ flags, ...rest }));
  await write('before.yaml', { f: flag, other: flag });
  const { after, ...rest } = more as { readonly after?: object };
  if (!Array.isArray(change))
    await write('after.yaml', { ...(change && { f: change }), other: flag }, { ...after, ...rest });
  const args = ['rollout', 'simulate', 'f', '-f', 'before.yaml', '--count', String(COUNT)];
  args.push(...(Array.isArray(change) ? (change as readonly string[]) : ['--after', 'after.yaml']));
  const [text, json] = [await ran([...args, '--plain'], { cwd }), await ran([...args, '-o', 'json'], { cwd })];
  expect([text, json]).toMatchObject([
    { code: 0, err: '' },
    { code: 0, err: '' },
  ]);
  const { moved } = JSON.parse(json.out) as {
    readonly moved: {
      readonly count: number;
      readonly losses: readonly { readonly from: string; readonly had: number; readonly lost: number }[];
    };
  };
  expect(moved.count).toBeGreaterThan(0);
  for (const { from, had, lost } of moved.losses) {
    const [one, all] = [lost, had].map((count) => count.toLocaleString('en'));
    expect(text.out).toContain(`${one} of the ${all} who have ${from} lose it (`);
  }
  const losses = moved.losses.map(({ from, had, lost }) => `${lost === had ? 'all' : 'some'} of ${from}`);
  return { losses, sentences: [KEPT, DEFAULT].filter((sentence) => text.out.includes(sentence)) };
}

const onOff = { variants: { on: true, off: false } };
const done = { ...onOff, defaultVariant: 'on', offVariant: 'off' };
const grown = { ...onOff, defaultVariant: 'off', rules: [{ variation: 'on', percentage: 50 }] };
const words = { variants: { classic: 'c', next: 'n', third: 't' }, defaultVariant: 'classic' };
const split = (next: number): object => ({
  ...words,
  rules: [
    {
      rollout: {
        variations: [
          { variation: 'next', weight: next },
          { variation: 'classic', weight: 100_000 - next },
        ],
      },
    },
  ],
});

it.each<readonly [string, object, readonly string[] | object | undefined, readonly string[]]>([
  ['a finished rollout is disabled', done, ['--enabled', 'false'], ['all of on']],
  ['its default is another one', done, ['--default-variant', 'off'], ['all of on']],
  ['most of those who have it go to what is off', done, ['--weights', 'on=10,off=90'], ['some of on']],
  ['it is removed', done, undefined, ['all of on']],
  ['it is on by its type', { type: 'boolean', default: true }, ['--percentage', '90'], ['some of on']],
  ['disabled, it leaves all to the caller', { ...onOff, defaultVariant: 'on' }, ['--enabled', 'false'], ['all of on']],
  ['a variant of words is removed', words, undefined, ['all of classic']],
  ['another one of words is the default', words, ['--default-variant', 'next'], ['all of classic']],
  [
    'the default has another value',
    words,
    { ...words, variants: { ...words.variants, classic: 'C' } },
    ['all of classic'],
  ],
  ['the default goes to what is off', { ...words, offVariant: 'third' }, ['--enabled', 'false'], ['all of classic']],
  ['it is done by its fallthrough', { ...grown, rules: [], fallthrough: 'on' }, grown, ['some of on']],
  ['a share shrinks', grown, ['--percentage', '20'], ['some of on']],
  ['a share of words shrinks', split(80_000), split(20_000), ['some of next']],
  [
    'a value that no variant has changes',
    { type: 'integer', default: 1 },
    { type: 'integer', default: 2 },
    ['all of <value 1>'],
  ],
])('tells who loses what they had, where %s', async (_, before, after, losses) => {
  expect(await told(before, after)).toEqual({ losses, sentences: [] });
});

it.each<readonly [string, object, readonly string[] | object | undefined, readonly string[]]>([
  ['a share grows', grown, ['--percentage', '80'], [KEPT]],
  ['all have it by default', grown, ['--default-variant', 'on'], [KEPT]],
  ['what was off is on', { ...done, enabled: false }, ['--enabled', 'true'], [KEPT]],
  ['a share of words grows', split(20_000), split(80_000), [DEFAULT]],
  ['the default of words gives way to a share', words, ['--weights', 'classic=50,next=50'], [DEFAULT]],
  ['the caller decided', { ...grown, enabled: false }, ['--enabled', 'true'], [DEFAULT]],
  ['what is off is left to the caller', { ...onOff, defaultVariant: 'off' }, undefined, []],
])('says no more of those who lose nothing than is so, where %s', async (_, before, after, sentences) => {
  expect(await told(before, after)).toEqual({ losses: [], sentences });
});

it('takes what is forced on a flag for its default', async () => {
  expect(await told(words, words, { overrides: { f: 'next' } })).toEqual({ losses: ['all of classic'], sentences: [] });
  expect(await told(split(50_000), split(50_000), { overrides: { f: 'classic' } })).toEqual({
    losses: ['all of next'],
    sentences: [],
  });
  expect(await told({ ...onOff, defaultVariant: 'off' }, grown, { overrides: { f: true } })).toEqual({
    losses: [],
    sentences: [KEPT],
  });
});
