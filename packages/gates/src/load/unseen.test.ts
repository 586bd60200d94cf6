import { describe, expect, it } from 'vitest';
import { rejectedBy } from '../../test/thrown.ts';
import { defineGates, layer } from '../index.ts';
import { parseFeatures, parseGateList, parseGateNames } from '../input/list.ts';
import { issuesTeller } from '../issues-teller.ts';
import { loadGates, parseGateText } from './index.ts';

// What others wrote, in files and on command lines, is in messages, which end on terminals.

const gates = defineGates(
  { program: 'zarf', version: '0.4.0', onWarning: () => {} },
  { Foo: { stage: 'alpha', owner: '@zarf', description: 'x', since: '0.1' } },
);

const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
/** An escape sequence, its short form, a bell, text that is turned round, half a character. */
const EVIL = ['a\u001b[31mb', 'a\u009b31mb', 'a\u0007b', 'a\u202eb', 'a\ud83db'];

const messageOf = async (run: () => unknown): Promise<string> => (await rejectedBy(run)).message;

describe.each(EVIL)('no terminal obeys %j', (evil) => {
  const json = JSON.stringify(evil);
  const toml = `"${evil.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`;
  const load = (argv: readonly string[], env = {}) => loadGates(gates, { argv, env });
  it.each<[string, () => unknown]>([
    ['a name of --feature-gates', () => load([`--feature-gates=${evil}=true`])],
    ['a value of --feature-gates', () => load([`--feature-gates=Foo=${evil}`])],
    ['a name without a value', () => load([`--feature-gates=${evil}`])],
    ['a value without a name', () => load([`--feature-gates==${evil}`])],
    ['a name of --features', () => load([`--features=${evil}=maybe`])],
    ['a key of --features', () => load([`--features={${json}:"maybe"}`])],
    ['a key that is there twice', () => load([`--features={${json}:true,${json}:true}`])],
    ['a value in --features', () => load([`--features={"Foo":${json}}`])],
    ['a value in a list in --features', () => load([`--features={"Foo":[${json}]}`])],
    ['a name of --feature-enable', () => load([`--feature-enable=${evil}`])],
    ['a name with a value', () => load([`--feature-enable=${evil}=true`])],
    ['a variable', () => load([], { [`ZARF_FEATURE_${evil}`]: 'true' })],
    ['its value', () => load([], { ZARF_FEATURE_FOO: evil })],
    ['two problems', () => load([`--feature-gates=${evil}=true,Foo=${evil}`])],
    ['parseGateList', () => parseGateList(`${evil}=1x`, 'a flag')],
    ['parseFeatures', () => parseFeatures(`${evil}=1x`, 'a flag')],
    ['parseGateNames', () => parseGateNames(`${evil}=1`, true, 'a flag')],
    ['a name in YAML', () => gates.with(parseGateText(JSON.stringify({ features: { [evil]: true } })))],
    ['a value in YAML', () => parseGateText(JSON.stringify({ features: { Foo: evil } }))],
    ['a value under featureGates', () => parseGateText(JSON.stringify({ featureGates: { Foo: evil } }))],
    ['a value of another type', () => parseGateText(JSON.stringify({ featureGates: { Foo: [evil] } }))],
    ['a map without enabled', () => parseGateText(JSON.stringify({ features: { [evil]: { on: true } } }))],
    ['a name twice', () => parseGateText(JSON.stringify({ feature: { [evil]: true }, [`feature.${evil}`]: false }))],
    ['a name within', () => parseGateText(JSON.stringify({ feature: { [evil]: 1 }, [`feature.${evil}.b`]: false }))],
    ['a name and its file', () => gates.with(parseGateText('features: { Bar: true }', { file: `${evil}.yaml` }))],
    ['a file that is wrong', () => parseGateText('features: { Foo: x }', { file: `${evil}.yaml` })],
    ['a key that is twice in YAML', () => parseGateText(`{${json}: 1, ${json}: 2}`)],
    ['an alias in YAML', () => parseGateText(`features: *${evil}`)],
    ['a list in YAML', () => parseGateText(JSON.stringify({ featureEnable: [{ [evil]: 1 }] }))],
  ])('%s', async (_what, run) => {
    expect(await messageOf(run)).not.toMatch(new RegExp(`(?!\\n)${UNSEEN.source}`, 'u'));
  });

  it.runIf(!evil.includes('\ud83d'))('a key that is twice in TOML', async () => {
    const text = `[features]\n${toml} = true\n${toml} = true\n`;
    expect(await messageOf(() => parseGateText(text, { format: 'toml' }))).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
  });
});

it('an ordinary name stays as it is, in any language', async () => {
  for (const name of ['größe', '功能', 'a b', 'a/b:c', '👍', 'x\\n']) {
    expect(await messageOf(() => parseGateList(name, 'a flag'))).toBe(`missing bool value for ${name} (set by a flag)`);
  }
  expect(await messageOf(() => parseGateList('Foo=a"\\b', 'a flag'))).toBe(
    'invalid value of Foo=a"\\b, err: strconv.ParseBool: parsing "a\\"\\\\b": invalid syntax (set by a flag)',
  );
  expect(await messageOf(() => parseGateList('a\u001b', 'a flag'))).toBe(
    'missing bool value for a\\u001b (set by a flag)',
  );
});

it('what the cluster says is told so, too', () => {
  const told: string[] = [];
  const tell = issuesTeller('the cluster', (message) => told.push(message));
  for (const evil of EVIL) tell(gates.with(layer('cluster', { [evil]: true })).issues);
  expect(told).toHaveLength(EVIL.length);
  for (const message of told) expect(message).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
});

it('why a gate is on names no file that a terminal obeys', () => {
  const { from, why } = gates.with(parseGateText('features: { Foo: true }', { file: 'a\u001b[2J.yaml' })).state('Foo');
  expect([from, why]).toEqual(['a\\u001b[2J.yaml', 'set by a\\u001b[2J.yaml']);
});
