import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseText } from '@flagwright/core/text';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ran } from '../../test/world.ts';

const FLAGS = `flags:
  base: {type: boolean, default: true}
  dep: {type: boolean, default: false, prerequisites: [{key: base, variation: on}], rules: [{variation: on}]}
  far: {type: boolean, default: false, prerequisites: [{key: dep, variation: on}], rules: [{variation: on}]}
  seg: {type: boolean, default: false, rules: [{clauses: [{operator: inSegment, values: [t]}], variation: on}]}
  ref: {variants: {"on": true, "off": false}, defaultVariant: "off", targeting: {if: [{$ref: e}, "on", "off"]}}
  ver: {variants: {"on": true, "off": false}, defaultVariant: "off", targeting: {if: [{">=": [{var: v}, "2.5.0"]}, "on", "off"]}}
  ov: {type: boolean, default: false}
  split: {variants: [{name: a, value: A, weight: 50}, {name: b, value: B, weight: 50}]}
segments:
  s: {included: [a]}
  t: {rules: [{clauses: [{operator: inSegment, values: [s]}]}]}
$evaluators: {e: {"==": [{var: c}, "DE"]}}
attributes: {v: string, c: string}
overrides: {ov: false}
`;

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'flagctl-'));
  await writeFile(join(cwd, 'a.yaml'), FLAGS);
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

/** What is said of whom a change moves, without the difference. */
async function effect(from: string | RegExp, to: string): Promise<string> {
  const changed = FLAGS.replace(from, to);
  expect(changed).not.toBe(FLAGS);
  await writeFile(join(cwd, 'b.yaml'), changed);
  const args = ['diff', '-f', 'a.yaml', '--with', 'b.yaml'];
  const [plain, told] = [await ran(args, { cwd }), await ran([...args, '--effect'], { cwd })];
  expect({ code: told.code, err: told.err }).toEqual({ code: 1, err: '' });
  expect(told.out.startsWith(plain.out)).toBe(true);
  return told.out.slice(plain.out.length);
}

const UNSURE = 'who moves cannot be told exactly';
const MADE = 'contexts that are made of what the flag asks for';

it('tells of an override, which decides for everybody', async () => {
  expect(await effect('overrides: {ov: false}', 'overrides: {ov: true}')).toBe(
    'ov:\n  its override changes from false to true\n  everybody: 100 % move from off to on\n',
  );
  expect(await effect('overrides: {ov: false}', 'overrides: {ov: false, dep: false}')).toBe(`dep:
  it is overridden with false: ${UNSURE}
  2,000 of 2,000 ${MADE} move: 2,000 from on to off
far:
  prerequisite "dep" differs: ${UNSURE}
  2,000 of 2,000 ${MADE} move: 2,000 from on to off
`);
});

it('tells of a segment, also where it is one within another', async () => {
  expect(await effect('s: {included: [a]}', 's: {included: [b]}')).toMatch(
    new RegExp(`^seg:
  segment "s" differs: ${UNSURE}
  \\d+ of 2,000 ${MADE} move: \\d+ from (?:on to off, \\d+ from off to on|off to on, \\d+ from on to off)
$`),
  );
});

it('tells of an evaluator exactly, as if it stood in the flag', async () => {
  expect(await effect('"DE"', '"FR"')).toBe(`ref:
  where c is "DE": 100 % move from on to off
  where c is "FR": 100 % move from off to on
  nobody else is affected
`);
});

it('tells of the type of an attribute', async () => {
  expect(await effect('v: string', 'v: version')).toMatch(
    new RegExp(`^ver:
  the type of attribute "v" changes from string to version: ${UNSURE}
  [1-9]\\d* of 2,000 ${MADE} move: .*\\d from off to on\\b.*
$`),
  );
});

it('tells of flags that have a changed one as a prerequisite, directly or not', async () => {
  expect(await effect('base: {type: boolean, default: true}', 'base: {type: boolean, default: false}')).toBe(`base:
  the default changes from on to off
  while the flag is off, off is served and no longer on
  everybody: 100 % move from on to off
dep:
  prerequisite "base" differs: ${UNSURE}
  2,000 of 2,000 ${MADE} move: 2,000 from on to off
far:
  prerequisite "base" differs: ${UNSURE}
  2,000 of 2,000 ${MADE} move: 2,000 from on to off
`);
});

it('says what the definition does alone, where something else is changed too', async () => {
  const both = FLAGS.replace('s: {included: [a]}', 's: {included: [b]}');
  const from = both.slice(both.indexOf('  seg:'), both.indexOf('$evaluators'));
  const to = from.replace(
    'variation: on}]}',
    'variation: on}, {clauses: [{attribute: c, operator: eq, values: [DE]}], variation: on}]}',
  );
  const told = await effect(FLAGS.slice(FLAGS.indexOf('  seg:'), FLAGS.indexOf('$evaluators')), to);
  expect(told).toContain('  by that, nobody else is affected\n');
  expect(told).toContain(`  segment "s" differs: ${UNSURE}\n`);
});

it.each(['json', 'yaml'])('tells programs of it as %s', async (output) => {
  await writeFile(join(cwd, 'b.yaml'), FLAGS.replace('s: {included: [a]}', 's: {included: [b]}'));
  const args = ['diff', '-f', 'a.yaml', '--with', 'b.yaml', '-o', output];
  const { code, out, err } = await ran([...args, '--effect'], { cwd });
  expect({ code, err }).toEqual({ code: 1, err: '' });
  const { items, effects } = parseText(out).document as unknown as Record<'items' | 'effects', readonly object[]>;
  expect(items).toMatchObject([{ name: 'segments.s' }]);
  expect(effects).toEqual([
    { flag: 'seg', where: null, lines: [`segment "s" differs: ${UNSURE}`, expect.stringContaining(MADE)] },
  ]);
  expect(parseText((await ran(args, { cwd })).out).document).toEqual({ items });
});

it('refuses names with words beside them', async () => {
  const args = ['diff', '-f', 'a.yaml', '--with', 'a.yaml', '-o', 'name'];
  expect((await ran(args, { cwd })).code).toBe(0);
  expect(await ran([...args, '--effect'], { cwd })).toMatchObject({
    code: 2,
    err: expect.stringContaining('--effect'),
  });
});

it.each([
  ['an expression that is written otherwise', '{"==": [{var: c}, "DE"]}', '{"==": [{"var": ["c"]}, "DE"]}'],
  ['a segment that no flag uses', 'segments:', 'segments:\n  new: {included: [a]}'],
  ['the type of an attribute that none reads', 'attributes: {', 'attributes: {new: number, '],
  ['metadata of the set', '$evaluators', 'metadata: {owner: me}\n$evaluators'],
  ['a description', 'ov: {type', 'ov: {description: text, type'],
  ['what an override hides', 'ov: {type: boolean, default: false}', 'ov: {type: boolean, default: true}'],
])('says nothing where nobody moves, for %s', async (_, from, to) => {
  expect(await effect(from, to)).toBe('');
});

it('does not speak of sending where files are compared with files', async () => {
  const text = '{ apiVersion: flagwright/v1, kind: FeatureFlag, metadata: { project: p }, spec: { nope: 1 } }\n';
  for (const name of ['m.yaml', 'n.yaml']) await writeFile(join(cwd, name), text);
  const { code, err } = await ran(['diff', '-f', 'm.yaml', '--with', 'n.yaml'], { cwd });
  expect(code).toBe(7);
  expect(err).toMatch(/^Error: (?:one thing is|\d things are) wrong\n {2}m\.yaml:/);
});
