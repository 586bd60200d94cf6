import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { valueToYaml } from '@flagwright/core/text';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Ran, ran } from '../../test/world.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'flagctl-who-moves-'));
});
afterAll(() => rm(cwd, { recursive: true }));

const variants = { none: 'none', old: 'old', new: 'new' };
const half = (bucketBy: string): object => ({
  rollout: {
    bucketBy,
    variations: [
      { variation: 'old', weight: 50_000 },
      { variation: 'new', weight: 50_000 },
    ],
  },
});
const inSegment = { clauses: [{ operator: 'inSegment', values: ['g'] }], variation: 'new' };
const ruled = (...rules: readonly object[]): object => ({ variants, defaultVariant: 'none', rules });
const members = ruled(inSegment);
const clause = (attribute: string, operator: string, ...values: readonly unknown[]): object => ({
  rules: [{ clauses: [{ attribute, operator, values }] }],
});

interface Both {
  readonly diff: Ran;
  readonly simulated: Ran;
}

/** What is told of a flag `w`, where the segment `g` is another one. */
async function told(w: object, before: object, after: object, more: object = {}): Promise<Both> {
  for (const [name, g] of Object.entries({ before, after })) {
    await writeFile(join(cwd, `${name}.yaml`), valueToYaml({ ...more, flags: { w }, segments: { g } }));
  }
  const files = ['before.yaml', 'after.yaml'] as const;
  return {
    diff: await ran(['diff', '-f', files[0], '--with', files[1], '--effect'], { cwd }),
    simulated: await ran(
      ['rollout', 'simulate', 'w', '-f', files[0], '--after', files[1], '--max-moved', '0%', '--plain'],
      { cwd },
    ),
  };
}

it.each<readonly [string, object, object, object]>([
  [
    'whom a split passes over',
    ruled(half('key'), inSegment),
    clause('country', 'in', 'DE'),
    clause('country', 'in', 'US'),
  ],
  ['who has not what a split hashes', ruled(half('plan'), inSegment), clause('c', 'eq', 1), clause('c', 'eq', 2)],
  [
    'whom a percentage passes over',
    ruled({ variation: 'old', percentage: 100 }, inSegment),
    clause('c', 'eq', 1),
    clause('c', 'eq', 2),
  ],
  [
    'whom fractional passes over',
    {
      variants,
      defaultVariant: 'none',
      targeting: {
        if: [
          {
            '===': [
              {
                fractional: [
                  ['old', 1],
                  ['new', 1],
                ],
              },
              null,
            ],
          },
          { if: [{ in_segment: ['g'] }, 'new', null] },
          'old',
        ],
      },
    },
    clause('c', 'eq', 1),
    clause('c', 'eq', 2),
  ],
  ['less than 0', members, clause('balance', 'lt', 0), {}],
  ['another word than "other"', members, clause('gender', 'neq', 'other'), {}],
  ['the end of a block', members, clause('ip', 'cidr', '10.0.0.0/8'), clause('ip', 'cidr', '10.0.0.0/9')],
  ['a number next to another', members, clause('n', 'gt', 1_000_000), clause('n', 'gt', 1_000_001)],
  ['a text around another', members, clause('x', 'contains', 'abc'), clause('x', 'eq', 'abc')],
  ['a pre-release', members, clause('v', 'semver', '>=1.0.0'), clause('v', 'semver', '>=1.0.0 || 1.0.0-rc.1')],
  ['the day of a date', members, clause('d', 'before', '2026-03-01'), clause('d', 'before', '2026-03-01T00:00:00.001')],
  [
    'one of many keys',
    members,
    { included: Array.from({ length: 500 }, (_, i) => `user-${i}`) },
    { included: Array.from({ length: 501 }, (_, i) => `user-${i}`) },
  ],
  [
    'one of many words',
    members,
    clause('c', 'in', ...Array.from({ length: 500 }, (_, i) => `word-${i}`)),
    clause('c', 'in', ...Array.from({ length: 501 }, (_, i) => `word-${i}`)),
  ],
  ['an attribute with a name of its own', members, clause('a=b, "c"', 'eq', 'x'), clause('a=b, "c"', 'eq', 'y')],
])('finds that %s moves', async (_, w, before, after) => {
  const { diff, simulated } = await told(w, before, after);
  expect(diff.out).toMatch(/\n {2}[1-9][\d,]* of 2,000 contexts .* move: /);
  expect(simulated.out).toMatch(/\nmoved [1-9][\d,]* of 10,000 /);
  expect({ code: simulated.code, err: simulated.err }).toEqual({
    code: 1,
    err: expect.stringMatching(/^Error: [\d.]+ % move, and at most 0 % may/),
  });
});

it('does not say that nobody moves where only contexts that are made tell', async () => {
  const { diff, simulated } = await told(
    members,
    clause('x', 'matches', '^[a-f]{8}$'),
    clause('x', 'matches', '^[a-f]{9}$'),
  );
  expect(diff.out).toMatch(/\n {2}none of 2,000 contexts that are made of what the flag asks for moves; others may\n$/);
  expect(simulated.out).toContain('\n  none of 10,000 contexts that are made moves; others may\n');
  // what was counted is what is held against the limit
  expect(simulated).toMatchObject({ code: 0, err: '' });
});

it('says no more than was counted of contexts that were given', async () => {
  await writeFile(join(cwd, 'users.jsonl'), '{"key":"a","x":"b"}\n');
  const { simulated } = await told(members, clause('x', 'matches', '^[a-f]{8}$'), clause('x', 'matches', '^[a-f]{9}$'));
  const args = ['rollout', 'simulate', 'w', '-f', 'before.yaml', '--after', 'after.yaml'];
  const { out } = await ran([...args, '--contexts', 'users.jsonl', '--max-moved', '0%'], { cwd });
  expect(out).toContain('moved 0 of 1');
  expect(out).not.toContain('others may');
  expect(simulated.out).toContain('others may');
});

it('makes all with a key, for the sake of shares, and says nothing where nothing differs', async () => {
  const { simulated } = await told(ruled(half('key'), inSegment), clause('c', 'eq', 1), clause('c', 'eq', 1));
  expect(simulated).toMatchObject({ code: 0, err: '' });
  expect(simulated.out).not.toContain('contexts lack what a split hashes');
  expect(simulated.out).toContain('nothing changes');
  expect(simulated.out).not.toContain('others may');
});

it('makes the same contexts of what it says they are made of', async () => {
  const { simulated } = await told(
    ruled(half('a=b, "c"'), inSegment),
    clause('v,', 'semver', '^1.2'),
    clause('d', 'lt', 0.5),
  );
  const args = ['rollout', 'simulate', 'w', '-f', 'before.yaml', '--after', 'after.yaml', '-o', 'json'];
  const one = JSON.parse((await ran(args, { cwd })).out);
  const other = JSON.parse((await ran([...args, '--generate', one.contexts.generator], { cwd })).out);
  expect(one.transitions.length).toBeGreaterThan(3);
  expect(other).toEqual(one);
  expect(simulated.out).toContain(`--generate '${one.contexts.generator}'`);
});
