import { FlagError } from '@flagwright/core';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import { thrownBy } from '../test/thrown.ts';
import type { GateDeclaration, ProgramOptions } from './declaration.ts';
import { defineGates, type Gates } from './gates.ts';
import { layer } from './layer.ts';
import type { Channel, Maturity } from './maturity.ts';

const ABOUT = { owner: '@platform', description: 'Serves events.' };
const SOUND = { ...ABOUT, stage: 'beta', since: '0.3.0' } as const;
const zarf = (change: Partial<ProgramOptions> = {}): ProgramOptions => ({
  program: 'zarf',
  version: '0.5.0',
  onWarning: () => {},
  ...change,
});
const one = (gate: Partial<GateDeclaration>, change: Partial<ProgramOptions> = {}) =>
  defineGates(zarf(change), { EventsProxy: { ...SOUND, ...gate } as GateDeclaration });

describe('the stage decides the default', () => {
  const STAGES: readonly Maturity[] = ['alpha', 'beta', 'ga'];
  it.each<[channel: Channel | undefined, on: readonly Maturity[]]>([
    [undefined, ['beta', 'ga']],
    ['edge', ['alpha', 'beta', 'ga']],
    ['beta', ['beta', 'ga']],
    ['candidate', ['ga']],
    ['stable', ['ga']],
  ])('in channel %s: on are %j', (channel, on) => {
    expect(STAGES.filter((stage) => one({ stage }, { channel }).enabled('EventsProxy'))).toEqual(on);
  });

  it.each(STAGES)('a %s gate that says its default has it in every channel', (stage) => {
    for (const channel of ['edge', 'beta', 'candidate', 'stable', undefined] as const) {
      expect(one({ stage, default: true }, { channel }).enabled('EventsProxy')).toBe(true);
      expect(one({ stage, default: false }, { channel }).enabled('EventsProxy')).toBe(false);
    }
  });

  it('and says so', () => {
    expect(one({ stage: 'alpha' }).state('EventsProxy')).toMatchObject({
      enabled: false,
      default: false,
      layer: 'default',
      from: undefined,
      why: 'alpha, off by default',
    });
  });
});

// As the tables of Kubernetes for versioned feature gates: the specs of one gate, at versions of the program.
describe('the version in which a gate goes', () => {
  const ending = [
    { version: '0.2', stage: 'beta' },
    { version: '0.4', stage: 'deprecated', default: true },
    { version: '0.6', stage: 'removed', default: false },
  ] as const;
  const untilOf = (version: string, until?: string) =>
    defineGates(zarf({ version }), {
      Old: { ...ABOUT, history: ending, ...(until === undefined ? {} : { until }) },
    }).state('Old');

  it.each([
    ['0.3.0', undefined],
    ['0.4.0', '0.6'],
    ['0.6.1', '0.6'],
  ])('in %s is %s, by its history, once the gate is on its way out', (version, until) => {
    expect(untilOf(version)).toMatchObject({ until, overdue: false });
  });

  it('is the declared one if there is one', () => {
    expect(untilOf('0.4.0', '0.5').until).toBe('0.5');
  });
});

describe('history', () => {
  const history = [
    { version: '0.3', stage: 'alpha' },
    { version: '0.5', stage: 'beta' },
    { version: '0.7', stage: 'ga', default: true },
    { version: '0.9', stage: 'ga', default: true, locked: true },
    { version: '1.1', stage: 'deprecated', default: true, locked: true },
    { version: '1.3', stage: 'removed', default: true },
  ] as const;
  const at = (version: string) =>
    defineGates(zarf({ version }), { EventsProxy: { ...ABOUT, until: '1.3', history } }).state('EventsProxy');

  it.each([
    ['0.0.1', 'prealpha', false, true],
    ['0.2.99', 'prealpha', false, true],
    ['0.3.0', 'alpha', false, false],
    ['v0.3', 'alpha', false, false],
    ['0.4.0', 'alpha', false, false],
    ['0.5.0-rc.1', 'beta', true, false],
    ['0.5.0', 'beta', true, false],
    ['0.6.3', 'beta', true, false],
    ['0.7.0+build.5', 'ga', true, false],
    ['0.8.0', 'ga', true, false],
    ['0.9.0', 'ga', true, true],
    ['0.10.0', 'ga', true, true],
    ['1.1.0', 'deprecated', true, true],
    ['1.3.0', 'removed', true, true],
    ['2.0.0', 'removed', true, true],
  ] as const)('at %s it is %s, %s, locked %s', (version, stage, enabled, locked) => {
    expect(at(version)).toMatchObject({ stage, enabled, default: enabled, locked, since: '0.3' });
  });

  it('is not on before its first version, and says why', () => {
    expect(at('0.2.0')).toMatchObject({ layer: 'locked', why: 'it comes in a later version' });
  });

  it.each([
    ['1.2.9', false],
    // it has reached the entry of 1.3 in history too
    ['1.3.0-rc.1', true],
    ['1.3.0', true],
    ['2.0.0', true],
  ])('at %s it is overdue: %s', (version, overdue) => {
    expect(at(version).overdue).toBe(overdue);
  });

  it('a gate that stays is never overdue', () => {
    expect(one({ stage: 'beta', until: '0.4.0' }).state('EventsProxy')).toMatchObject({
      until: '0.4.0',
      overdue: false,
    });
  });

  it('without one, a gate is what it is, whatever version runs', () => {
    expect(one({ since: '9.0.0' }, { version: '0.1.0' }).state('EventsProxy')).toMatchObject({
      stage: 'beta',
      enabled: true,
      since: '9.0.0',
    });
  });

  it('a gate that may be switched off becomes one that may not', () => {
    const off = layer('flag', { EventsProxy: false });
    const gates = (version: string) => defineGates(zarf({ version }), { EventsProxy: { ...ABOUT, history } });
    expect(gates('0.7.0').with(off).enabled('EventsProxy')).toBe(false);
    expect(thrownBy(() => gates('0.9.0').with(off)).message).toContain(
      'cannot set feature gate EventsProxy to false, feature is locked to true',
    );
  });
});

describe('defineGates', () => {
  it.each<[what: string, change: Partial<ProgramOptions>]>([
    ['no program', { program: '' }],
    ['a program with a space', { program: 'my program' }],
    ['no version', { version: undefined as unknown as string }],
    ['a version that is none', { version: 'latest' }],
    ['an unknown channel', { channel: 'nightly' as Channel }],
    ['a prototype name as a channel', { channel: 'toString' as Channel }],
    ['a prefix in small letters', { envPrefix: 'zarf' }],
    ['a prefix with a dash', { envPrefix: 'MY-ZARF' }],
    ['a prefix that is a list', { envPrefix: ['ZARF'] as never }],
    ['an unknown way with locks', { onLockedOverride: 'ignroe' as never }],
    ['a prototype name as a way with locks', { onLockedOverride: 'constructor' as never }],
    ['an allowUnknown that is text', { allowUnknown: 'false' as never }],
    ['a number to be told', { onWarning: 5 as never }],
    ['an unknown option', { allowUnkown: true } as Partial<ProgramOptions>],
  ])('refuses %s', (_what, change) => {
    expect(thrownBy(() => one({}, change)).code).toBe('INVALID_ARGUMENT');
  });

  it('says what an option may have been meant to be', () => {
    const slip = { allowUnkown: true } as Partial<ProgramOptions>;
    expect(thrownBy(() => one({}, slip)).message).toContain('Did you mean allowUnknown?');
  });

  it.each([undefined, null, 'zarf'])('refuses a program that is %j', (program) => {
    expect(thrownBy(() => defineGates(program as never, {})).code).toBe('INVALID_ARGUMENT');
  });

  it('refuses declarations with every problem in one error', () => {
    const gates = { 'a b': SOUND, NoOwner: { ...SOUND, owner: '' }, Old: { ...SOUND, until: '0.9.0' } };
    const error = thrownBy(() => defineGates(zarf(), gates));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.issues.map(({ code }) => code)).toEqual(['bad-name', 'no-owner']);
    expect(error.message.split('\n')).toHaveLength(3);
  });

  it('tells what is doubtful in issues, and goes on', () => {
    const gates = one({ stage: 'alpha', default: true });
    expect(gates.issues).toEqual([expect.objectContaining({ severity: 'warning', code: 'alpha-on' })]);
    expect(gates.enabled('EventsProxy')).toBe(true);
  });

  it('tells whoever declares gates what cannot be on together in the running version, in their own words', () => {
    const declarations = {
      One: { ...SOUND, since: '0.7.0', requires: ['Other'] },
      Other: { ...ABOUT, history: [{ version: '0.7', stage: 'beta' }] },
    } as const;
    expect(thrownBy(() => defineGates(zarf(), declarations)).issues).toEqual([
      expect.objectContaining({
        code: 'less-stable',
        message: 'in 0.5 One is beta and cannot require Other, which is prealpha',
      }),
    ]);
    expect(defineGates(zarf({ version: '0.7.0' }), declarations).enabled('One')).toBe(true);
  });

  it('refuses what is wrong in one channel in all of them', () => {
    const gates = { A: { ...SOUND, default: true, requires: ['B'] }, B: SOUND };
    for (const channel of [undefined, 'edge', 'beta', 'candidate', 'stable'] as const) {
      expect(thrownBy(() => defineGates(zarf({ channel }), gates)).issues).toEqual([
        expect.objectContaining({
          code: 'off-by-default',
          message: 'A is on by default in the channels candidate and stable and requires B, which is not',
        }),
      ]);
    }
  });

  it('lists gates by name, with all that is known of them', () => {
    const gates = defineGates(zarf(), {
      b: SOUND,
      a: { ...SOUND, stage: 'deprecated', default: true, until: '0.9.0', replacement: 'b', proposal: 'KEP-1' },
      C: { ...SOUND, requires: ['b'] },
    });
    expect(gates.list().map(({ name }) => name)).toEqual(['C', 'a', 'b']);
    expect(gates.state('a')).toEqual({
      ...ABOUT,
      name: 'a',
      stage: 'deprecated',
      enabled: true,
      default: true,
      locked: false,
      layer: 'default',
      from: undefined,
      place: undefined,
      why: 'deprecated, on by default',
      since: '0.3.0',
      until: '0.9.0',
      overdue: false,
      requires: [],
      replacement: 'b',
      proposal: 'KEP-1',
    });
  });
});

describe('names', () => {
  const gates = defineGates(zarf(), { EventsProxy: SOUND, 'axolotl-mode': SOUND });

  it('are typed', () => {
    expectTypeOf(gates).toEqualTypeOf<Gates<'EventsProxy' | 'axolotl-mode'>>();
    expectTypeOf(gates.enabled).parameter(0).toEqualTypeOf<'EventsProxy' | 'axolotl-mode'>();
    expectTypeOf(gates.list()[0]!.name).toEqualTypeOf<'EventsProxy' | 'axolotl-mode'>();
    // @ts-expect-error a slip of the finger does not compile
    expect(() => gates.enabled('EvnetsProxy')).toThrow();
    // @ts-expect-error nor does one here
    expect(() => gates.state('axolotlmode')).toThrow();
    const name: string = 'EventsProxy';
    if (gates.has(name)) expectTypeOf(name).toEqualTypeOf<'EventsProxy' | 'axolotl-mode'>();
  });

  it.each([
    ['EvnetsProxy', 'Did you mean EventsProxy?'],
    ['events-proxy', 'Did you mean EventsProxy?'],
    ['AXOLOTL_MODE', 'Did you mean axolotl-mode?'],
    ['something-else-altogether', 'is not declared by zarf'],
    ['__proto__', 'is not declared by zarf'],
    ['constructor', 'is not declared by zarf'],
    ['', 'is not declared by zarf'],
  ])('%s is not found', (name, message) => {
    for (const ask of [gates.enabled, gates.state] as ((name: string) => unknown)[]) {
      const error = thrownBy(() => ask(name));
      expect(error.code).toBe('NOT_FOUND');
      expect(error.message).toContain(message);
    }
    expect(gates.has(name)).toBe(false);
  });

  it('of prototypes are names like others', () => {
    const odd = defineGates(zarf(), { constructor: SOUND, toString: { ...SOUND, requires: ['constructor'] } });
    expect(odd.list().map(({ name, enabled }) => [name, enabled])).toEqual([
      ['constructor', true],
      ['toString', true],
    ]);
    const off = odd.with(layer('flag', { toString: false, constructor: false }));
    expect([off.enabled('toString'), off.enabled('constructor')]).toEqual([false, false]);
    expect(odd.has('hasOwnProperty')).toBe(false);
    expect(Object.prototype).not.toHaveProperty('enabled');
  });
});

describe('gates never change', () => {
  it('with makes others', () => {
    const before = one({});
    const after = before.with(layer('flag', { EventsProxy: false }));
    expect([before.enabled('EventsProxy'), after.enabled('EventsProxy')]).toEqual([true, false]);
    expect([before.layer('flag'), after.layer('flag')?.settings.length]).toEqual([undefined, 1]);
    expect(after.without('flag').state('EventsProxy')).toEqual(before.state('EventsProxy'));
    expect(after.enabled('EventsProxy')).toBe(false);
  });

  it('a layer takes the place of the one before, whole', () => {
    const gates = defineGates(zarf(), { a: SOUND, b: SOUND })
      .with(layer('flag', { a: false, b: false }))
      .with(layer('flag', { b: true }));
    expect([gates.enabled('a'), gates.enabled('b')]).toEqual([true, true]);
  });

  it('layers of one name in one call are one layer', () => {
    const gates = defineGates(zarf(), { a: SOUND, b: SOUND });
    const both = gates.with(layer('flag', { a: false }), layer('env', { b: true }), layer('flag', { b: false }));
    expect([both.enabled('a'), both.enabled('b')]).toEqual([false, false]);
    expect(both.layer('flag')?.settings.map(({ name }) => name)).toEqual(['a', 'b']);
    const quarrel = () => gates.with(layer('file', { a: true }, 'a.yaml'), layer('file', { a: false }, 'b.yaml'));
    expect(thrownBy(quarrel).message).toContain('feature gate a is both enabled (by a.yaml) and disabled (by b.yaml)');
    const slips = () => gates.with(layer('file', { c: true, d: true }), layer('file', { e: true }));
    expect(thrownBy(slips).issues.map(({ path }) => path.at(-1))).toEqual(['c', 'd', 'e']);
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a name', 'flag'],
    ['a layer without settings', { name: 'flag' }],
    ['settings by name', { name: 'flag', settings: { EventsProxy: true } }],
    ['a setting that is null', { name: 'flag', settings: [null] }],
    ['a setting without a name', { name: 'flag', settings: [{ enabled: true, from: 'x' }] }],
  ])('and take no layer that is %s', (_what, bogus) => {
    expect(thrownBy(() => one({}).with(bogus as never)).code).toBe('INVALID_ARGUMENT');
  });

  it('a layer that is refused leaves nothing behind', () => {
    const gates = one({}).with(layer('flag', { EventsProxy: false }));
    expect(() => gates.with(layer('env', { EventsProxi: true }))).toThrow(FlagError);
    expect(() => gates.with(layer('env', {}), layer('file', { EventsProxy: 'yes' as never }))).toThrow(FlagError);
    expect(gates.layer('env')).toBeUndefined();
    expect(gates.with(layer('env', { EventsProxy: true })).enabled('EventsProxy')).toBe(false);
  });

  it('nor by what their maker does afterwards', () => {
    const declaration = { ...SOUND, default: true, requires: [] as string[] };
    const program: { version: string } & ProgramOptions = { ...zarf() };
    const gates = defineGates(program, { EventsProxy: declaration, Other: { ...SOUND, default: false } });
    const setting = { name: 'EventsProxy', enabled: true, from: 'a test' };
    const laid = gates.with({ name: 'flag', settings: [setting] });
    declaration.default = false;
    declaration.requires.push('Other');
    program.version = '9.9.9';
    setting.enabled = false;
    const again = laid.with(layer('env', {}));
    expect(again.state('EventsProxy')).toMatchObject({ enabled: true, default: true, requires: [] });
    expect(gates.program.version).toBe('0.5.0');
  });

  it('nor by what their reader does', () => {
    const gates = one({});
    expect(() => Object.assign(gates.state('EventsProxy'), { enabled: false })).toThrow(TypeError);
    expect(() => (gates.list() as unknown[]).pop()).toThrow(TypeError);
    expect(() => (gates.state('EventsProxy').requires as string[]).push('x')).toThrow(TypeError);
    expect(() => Object.assign(gates, { enabled: () => false })).toThrow(TypeError);
  });

  it.each(['override', 'cluster'] as const)('and know no layer but those there are (beside %s)', (name) => {
    const bogus = { name: 'overrides', settings: [] } as never;
    expect(thrownBy(() => one({}).with(layer(name, {}), bogus)).code).toBe('INVALID_ARGUMENT');
  });
});

describe('warnings', () => {
  const told = (gate: Partial<GateDeclaration>, change: Partial<ProgramOptions> = {}) => {
    const warnings: string[] = [];
    return { warnings, gates: one(gate, { onWarning: (message) => void warnings.push(message), ...change }) };
  };

  it.each<[what: string, gate: Partial<GateDeclaration>, warnings: readonly string[]]>([
    ['a beta gate', {}, []],
    [
      'a deprecated gate that is on',
      { stage: 'deprecated', default: true },
      ['feature gate EventsProxy is deprecated'],
    ],
    [
      'one that says when it goes and what comes instead',
      { stage: 'deprecated', default: true, until: '0.9.0', replacement: 'Events' },
      ['feature gate EventsProxy is deprecated and will be removed in 0.9.0; use Events instead'],
    ],
    ['one that is off', { stage: 'deprecated', default: false, until: '0.9.0' }, []],
    [
      'one that is overdue, also if it is off',
      { stage: 'deprecated', default: false, until: '0.5.0' },
      ['feature gate EventsProxy should have been removed in 0.5.0'],
    ],
    [
      'a removed gate',
      { stage: 'removed', default: true, until: '0.4.0', replacement: 'Events' },
      ['feature gate EventsProxy was removed in 0.4.0; use Events instead'],
    ],
    ['an until that means nothing', { stage: 'beta', until: '0.4.0' }, []],
  ])('the use of %s', (_what, gate, expected) => {
    const { gates, warnings } = told(gate);
    expect(warnings).toEqual([]);
    const value = gates.enabled('EventsProxy');
    expect(gates.enabled('EventsProxy')).toBe(value);
    expect(gates.with(layer('cluster', {})).enabled('EventsProxy')).toBe(value);
    expect(warnings).toEqual(expected);
  });

  it('looking at a gate is no use of it', () => {
    const { gates, warnings } = told({ stage: 'deprecated', default: true });
    gates.state('EventsProxy');
    gates.list();
    gates.has('EventsProxy');
    expect(warnings).toEqual([]);
  });

  it.each<[stage: Maturity, enabled: boolean, warnings: readonly string[]]>([
    ['alpha', true, []],
    ['beta', false, []],
    ['ga', false, ['Setting GA feature gate EventsProxy=false. It will be removed in a future release.']],
    ['ga', true, ['Setting GA feature gate EventsProxy=true. It will be removed in a future release.']],
    ['deprecated', true, ['Setting deprecated feature gate EventsProxy=true. It will be removed in a future release.']],
    ['removed', true, ['Setting removed feature gate EventsProxy=true. It has no effect any more.']],
  ])('setting a gate that is %s to %s, once', (stage, enabled, expected) => {
    const { gates, warnings } = told({ stage, default: true });
    const set = layer('flag', { EventsProxy: enabled });
    gates.with(set).with(set).with(layer('env', {}));
    expect(warnings).toEqual(expected);
  });

  it('nothing is told of a layer that is refused', () => {
    const { gates, warnings } = told({ stage: 'ga' });
    expect(() => gates.with(layer('flag', { EventsProxy: true, Other: true }))).toThrow(FlagError);
    expect(warnings).toEqual([]);
  });

  it('are process warnings unless somebody wants them', () => {
    const emitted = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    try {
      one({ stage: 'deprecated', default: true }, { onWarning: undefined }).enabled('EventsProxy');
      expect(emitted.mock.calls).toEqual([['feature gate EventsProxy is deprecated', 'FlagwrightWarning']]);
    } finally {
      emitted.mockRestore();
    }
  });

  it.each([
    [
      'throw',
      () => {
        throw new Error('the log is full');
      },
    ],
    ['reject', () => Promise.reject(new Error('the log is full'))],
  ])('whoever is told may %s: the gate answers', async (_how, onWarning: () => void) => {
    const emitted = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    try {
      const gates = one({ stage: 'deprecated', default: true }, { onWarning });
      expect(gates.enabled('EventsProxy')).toBe(true);
      await new Promise(setImmediate);
      expect(emitted.mock.calls).toEqual([['onWarning of zarf threw: the log is full', 'FlagwrightWarning']]);
    } finally {
      emitted.mockRestore();
    }
  });
});
