import { FlagError } from '@flagwright/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { thrownBy } from '../test/thrown.ts';
import { compareSnapshot } from './compare-snapshot.ts';
import type { GateDeclarations } from './declaration.ts';
import { defineGates, type Gates } from './gates.ts';
import { gatesFromArgs } from './input/args.ts';
import { layer } from './layer.ts';
import { type GatesSnapshot, parseSnapshot, snapshot } from './snapshot.ts';

const about = { owner: '@x', description: 'A gate for tests.' };
const declared = {
  Values: { ...about, stage: 'beta', since: '0.5' },
  AxolotlMode: { ...about, stage: 'alpha', since: 'v0.6.0' },
  constructor: { ...about, stage: 'ga', since: '0.1', locked: true },
  Old: { ...about, stage: 'deprecated', default: false, since: '0.1', until: '0.9' },
} as const satisfies GateDeclarations;

function zarf(declarations: GateDeclarations = declared, version = '0.6.1', program = 'zarf'): Gates {
  return defineGates({ program, version, onWarning: () => undefined }, declarations);
}

describe('snapshot', () => {
  it('has every gate, on or off, with versions', () => {
    expect(snapshot(zarf().with(layer('flag', { AxolotlMode: true })))).toEqual({
      schemaVersion: 1,
      program: 'zarf',
      version: '0.6.1',
      gates: {
        AxolotlMode: { enabled: true, stage: 'alpha', since: 'v0.6.0' },
        Old: { enabled: false, stage: 'deprecated', since: '0.1', until: '0.9' },
        Values: { enabled: true, stage: 'beta', since: '0.5' },
        constructor: { enabled: true, stage: 'ga', since: '0.1' },
      },
    });
  });

  it('is the same text however the gates are declared', () => {
    const turned = Object.fromEntries(Object.entries(declared).reverse());
    expect(JSON.stringify(snapshot(zarf(turned)))).toBe(JSON.stringify(snapshot(zarf())));
  });

  it('is read back as it was, whatever is on', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.boolean(), fc.option(fc.string(), { nil: undefined }), (one, other, reason) => {
        const gates = zarf().with(layer('flag', { Values: one, AxolotlMode: other }));
        const requires = [{ version: 'v0.5', ...(reason === undefined ? {} : { reason }) }];
        const made = snapshot(gates, { requires });
        expect(parseSnapshot(JSON.stringify(made))).toEqual(made);
        expect(compareSnapshot(made, gates)).toMatchObject({ differences: [], issues: [] });
      }),
    );
  });

  it('tells of no use', () => {
    const told: string[] = [];
    const gates = defineGates({ program: 'zarf', version: '1.0.0', onWarning: (text) => told.push(text) }, declared);
    compareSnapshot(snapshot(gates), gates);
    expect(told).toEqual([]);
  });

  it('asks for versions alone', () => {
    const { code, issues } = thrownBy(() => snapshot(zarf(), { requires: [{ version: 'soon' }, { version: '1.0' }] }));
    expect([code, issues.map(({ path }) => path)]).toEqual(['INVALID_ARGUMENT', [['requires', 0, 'version']]]);
  });
});

describe('parseSnapshot', () => {
  const good = snapshot(zarf());

  it('may begin with a mark of its encoding', () => {
    expect(parseSnapshot(`\uFEFF${JSON.stringify(good)}`)).toEqual(good);
  });

  it.each([
    ['{\n  "schemaVersion": 1,\n  ]', 'line 3, column 3'],
    ['{\n  "schemaVersion": 1', 'line 2, column 21'],
    ['\uFEFF{x', 'line 1, column 2'],
    ['', 'line 1, column 1'],
  ])('says where it is no JSON: %j', (text, where) => {
    const { code, message } = thrownBy(() => parseSnapshot(text));
    expect([code, message]).toEqual(['PARSE_ERROR', expect.stringContaining(where)]);
  });

  it('leaves out what it does not know', () => {
    const more = { ...good, made: 'today', gates: { Values: { ...good.gates.Values, colour: 'red' } } };
    expect(parseSnapshot(more)).toEqual({ ...good, gates: { Values: good.gates.Values } });
  });

  it.each<readonly [what: string, input: unknown, code: string, path?: readonly (string | number)[]]>([
    ['no JSON', '{ "schemaVersion": 1', 'PARSE_ERROR'],
    ['nothing', undefined, 'PARSE_ERROR'],
    ['a list', [good], 'PARSE_ERROR'],
    ['text of something else', '"snapshot"', 'PARSE_ERROR'],
    ['long text', ' '.repeat(2 ** 20 + 1), 'TOO_LARGE'],
    [
      'many gates',
      { ...good, gates: Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`G${i}`, 1])) },
      'TOO_LARGE',
    ],
    ['a later form', { schemaVersion: 2, all: 'new' }, 'UNSUPPORTED'],
    ['no form', { ...good, schemaVersion: undefined }, 'PARSE_ERROR', ['schemaVersion']],
    ['an earlier form', { ...good, schemaVersion: 0 }, 'PARSE_ERROR', ['schemaVersion']],
    ['a form in text', { ...good, schemaVersion: '1' }, 'PARSE_ERROR', ['schemaVersion']],
    ['half a form', { ...good, schemaVersion: 1.5 }, 'PARSE_ERROR', ['schemaVersion']],
    ['no program', { ...good, program: '' }, 'PARSE_ERROR', ['program']],
    ['a novel for a program', { ...good, program: 'x'.repeat(65) }, 'PARSE_ERROR', ['program']],
    ['no version', { ...good, version: 'latest' }, 'PARSE_ERROR', ['version']],
    ['gates in a list', { ...good, gates: ['Values'] }, 'PARSE_ERROR', ['gates']],
    ['no gate', { ...good, gates: { Values: true } }, 'PARSE_ERROR', ['gates', 'Values']],
    [
      'text for on',
      { ...good, gates: { Values: { ...good.gates.Values, enabled: 'false' } } },
      'PARSE_ERROR',
      ['gates', 'Values', 'enabled'],
    ],
    [
      'no stage',
      { ...good, gates: { Values: { ...good.gates.Values, stage: 'gold' } } },
      'PARSE_ERROR',
      ['gates', 'Values', 'stage'],
    ],
    [
      'no since',
      { ...good, gates: { Values: { ...good.gates.Values, since: 3 } } },
      'PARSE_ERROR',
      ['gates', 'Values', 'since'],
    ],
    [
      'no until',
      { ...good, gates: { Values: { ...good.gates.Values, until: null } } },
      'PARSE_ERROR',
      ['gates', 'Values', 'until'],
    ],
    [
      'a name that is none',
      { ...good, gates: { '\u001b\u009b31m': good.gates.Values } },
      'PARSE_ERROR',
      ['gates', '\u001b\u009b31m'],
    ],
    [
      'a prototype',
      `{"schemaVersion":1,"program":"x","version":"1.0.0","gates":{"__proto__":{"enabled":true,"stage":"ga","since":"1.0"}}}`,
      'PARSE_ERROR',
      ['gates', '__proto__'],
    ],
    ['requirements of no version', { ...good, requires: [{ reason: 'x' }] }, 'PARSE_ERROR', ['requires', 0, 'version']],
    ['one requirement', { ...good, requires: '0.5' }, 'PARSE_ERROR', ['requires']],
    [
      'a novel for a reason',
      { ...good, requires: [{ version: '1.0', reason: 'x'.repeat(501) }] },
      'PARSE_ERROR',
      ['requires', 0, 'reason'],
    ],
  ])('refuses %s', (_, input, code, path) => {
    const error = thrownBy(() => parseSnapshot(input));
    expect(error.code).toBe(code);
    if (path !== undefined) expect(error.issues.map((issue) => issue.path)).toEqual([path]);
    expect(error.message).not.toMatch(/[^\P{Cc}\n]/u);
  });

  it('tells everything at once, and not too much', () => {
    const bad = { ...good, gates: Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`G${i}`, 1])) };
    const error = thrownBy(() => parseSnapshot(bad));
    expect(error.issues).toHaveLength(3_000);
    expect(error.message.split('\n').length).toBeLessThan(30);
  });

  it('survives any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('gates', 'requires', 'version', 'schemaVersion'), (value, field) => {
        try {
          parseSnapshot({ ...good, [field]: value });
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(FlagError);
        }
      }),
    );
  });
});

describe('compareSnapshot', () => {
  const with_ = (gates: GatesSnapshot['gates'], more: Partial<GatesSnapshot> = {}): GatesSnapshot => ({
    ...snapshot(zarf()),
    ...more,
    gates: { ...snapshot(zarf()).gates, ...gates },
  });
  const on = { enabled: true, stage: 'alpha', since: '0.6' } as const;

  it.each<readonly [what: string, there: GatesSnapshot, differences: readonly unknown[], issues: readonly string[]]>([
    ['the same', with_({}), [], []],
    [
      'a gate that was on',
      with_({ AxolotlMode: on }),
      [{ name: 'AxolotlMode', kind: 'differs', here: false, there: true }],
      ['differs'],
    ],
    [
      'a gate that was off',
      with_({ Values: { ...on, enabled: false } }),
      [{ name: 'Values', kind: 'differs', here: true, there: false }],
      ['differs'],
    ],
    [
      'a gate that is not here, and was on',
      with_({ Later: { ...on, since: '0.7' } }, { version: '0.7.0' }),
      [{ name: 'Later', kind: 'unknown-here', here: undefined, there: true }],
      ['unknown-here'],
    ],
    [
      'a gate that is not here, and was off',
      with_({ Later: { ...on, enabled: false } }),
      [{ name: 'Later', kind: 'unknown-here', here: undefined, there: false }],
      [],
    ],
    [
      'a gate that has graduated and gone',
      with_({ Done: { enabled: true, stage: 'ga', since: '0.2' } }),
      [{ name: 'Done', kind: 'unknown-here', here: undefined, there: true }],
      [],
    ],
    [
      'a gate that graduated in a later version',
      with_({ Done: { enabled: true, stage: 'ga', since: '0.2' } }, { version: '0.7.0' }),
      [{ name: 'Done', kind: 'unknown-here', here: undefined, there: true }],
      ['unknown-here'],
    ],
    ['another program', with_({}, { program: 'uds' }), [], ['other-program']],
    ['another version', with_({}, { version: '0.1.0' }), [], []],
  ])('tells of %s', (_, there, differences, codes) => {
    const { issues, ...rest } = compareSnapshot(there, zarf());
    expect(rest).toEqual({
      here: { program: 'zarf', version: '0.6.1' },
      there: { program: there.program, version: there.version },
      differences,
    });
    expect(issues.map(({ code, severity }) => [code, severity])).toEqual(codes.map((code) => [code, 'warning']));
    expect(compareSnapshot(there, zarf(), { policy: 'ignore' }).issues).toEqual([]);
    if (codes.length === 0) {
      expect(compareSnapshot(there, zarf(), { policy: 'error' }).issues).toEqual([]);
    } else {
      const error = thrownBy(() => compareSnapshot(there, zarf(), { policy: 'error' }));
      expect([error.code, error.issues.map(({ code }) => code)]).toEqual(['CONFLICT', codes]);
    }
  });

  it('tells of gates that were not there, if they are on', () => {
    const { constructor: _, Values, Old, ...gates } = snapshot(zarf()).gates;
    const { differences, issues } = compareSnapshot({ ...snapshot(zarf()), gates }, zarf());
    expect(differences).toEqual([
      { name: 'Old', kind: 'missing-there', here: false, there: undefined },
      { name: 'Values', kind: 'missing-there', here: true, there: undefined },
      { name: 'constructor', kind: 'missing-there', here: true, there: undefined },
    ]);
    // there is nothing to set there
    expect(issues.map(({ path, code, hint }) => [code, path[1], hint])).toEqual([
      ['missing-there', 'Values', undefined],
      ['missing-there', 'constructor', undefined],
    ]);
  });

  it('says what to do about it', () => {
    const there = with_({ AxolotlMode: on, Later: { ...on, since: '0.7' }, constructor: { ...on, enabled: false } });
    expect(compareSnapshot(there, zarf()).issues.map(({ hint }) => hint)).toEqual([
      '--feature-gates=AxolotlMode=true has it as it was',
      'it came with 0.7: use that version or a later one',
      'it is locked here: ga and locked',
    ]);
  });

  it('names what must be switched with a gate, too', () => {
    const alpha = { ...about, stage: 'alpha', since: '0.1' } as const;
    const pair = { Sites: alpha, Top: { ...alpha, requires: ['Sites'] } };
    const gates = zarf({ ...pair, End: { ...alpha, requires: ['Top'] } });
    const all = gates.with(layer('flag', { End: true, Top: true, Sites: true }));
    const hints = (there: Gates, here: Gates): readonly unknown[] =>
      compareSnapshot(snapshot(there), here).issues.map(({ hint }) => hint);
    const follow = (hint: unknown, from: Gates): Gates => {
      const { layer: given } = gatesFromArgs([String(hint).split(' ')[0]!]);
      return from.without('flag').with(given);
    };
    const on = hints(all, gates);
    expect(on[0]).toBe('--feature-gates=End=true,Top=true,Sites=true has it as it was');
    expect(follow(on[0], gates).enabled('End')).toBe(true);
    expect(hints(gates, all)[1]).toBe('--feature-gates=Sites=false,Top=false,End=false has it as it was');
    // whoever runs the program may hold a gate, whatever flags say
    expect(hints(all, gates.with(layer('override', { Sites: false })))).toEqual([
      expect.stringMatching(/^it requires Sites, which is locked here: /),
      expect.stringMatching(/^it is locked here: /),
      expect.stringMatching(/^it requires Sites, which is locked here: /),
    ]);
  });

  describe('required versions', () => {
    const there = snapshot(zarf(), {
      requires: [
        { version: '0.6.1', reason: 'met' },
        { version: 'v0.60.0', reason: 'values' },
        { version: '0.62.0', reason: 'sign\u001b[2Jatures' },
        { version: '0.61.0' },
      ],
    });

    it('are told in the words of Zarf, the highest of them', () => {
      const { code, issues } = thrownBy(() => compareSnapshot(there, zarf(), { policy: 'ignore' }));
      expect(code).toBe('CONFLICT');
      expect(issues).toEqual([
        {
          severity: 'error',
          code: 'version-required',
          path: ['requires'],
          message: "package requires zarf version '0.62.0' (current version: '0.6.1')",
          hint: 'values; sign\uFFFD[2Jatures',
        },
      ]);
    });

    it('follow a policy of their own', () => {
      expect(compareSnapshot(there, zarf(), { requirements: 'warn' }).issues).toMatchObject([{ severity: 'warning' }]);
      expect(compareSnapshot(there, zarf(), { requirements: 'ignore' }).issues).toEqual([]);
      expect(compareSnapshot(there, zarf(declared, '0.62.0')).issues).toEqual([]);
      expect(thrownBy(() => compareSnapshot(there, zarf(declared, '0.62.0-rc.1'))).code).toBe('CONFLICT');
    });
  });

  it('names the option that is wrong', () => {
    const { message } = thrownBy(() => compareSnapshot(with_({}), zarf(), { requirements: 'panic' as 'warn' }));
    expect(message).toMatch(/^requirements is "panic"/);
  });

  it('refuses another policy', () => {
    expect(thrownBy(() => compareSnapshot(with_({}), zarf(), { policy: 'panic' as 'warn' })).code).toBe(
      'INVALID_ARGUMENT',
    );
  });
});
