import { describe, expect, it } from 'vitest';
import { thrownBy } from '../../test/thrown.ts';
import { defineGates } from '../gates.ts';
import { liveGates } from '../live.ts';
import { type Environment, gatesFromEnv } from './env.ts';
import { envNameOf, envNamesOf } from './env-names.ts';

const ABOUT = { stage: 'alpha', owner: '@platform', description: 'For tests.', since: '1.0.0' } as const;
const DECLARED = {
  EventsProxy: ABOUT,
  'axolotl-mode': ABOUT,
  'storage.ceph': ABOUT,
  TestBeta: { ...ABOUT, stage: 'beta', default: false },
  provider: ABOUT,
} as const;
const zarf = defineGates({ program: 'zarf', version: '1.0.0' }, DECLARED);
const bare = defineGates({ program: 'zarf', version: '1.0.0', envPrefix: '' }, DECLARED);

const said = (gates: typeof zarf, env: Environment) =>
  gatesFromEnv(gates, env).settings.map(({ name, enabled, from }) => `${from} ${name}=${enabled}`);

describe('names of variables', () => {
  it.each<[program: string, envPrefix: string | undefined, one: string, several: readonly string[]]>([
    [
      'zarf',
      undefined,
      'ZARF_FEATURE_EVENTS_PROXY',
      ['ZARF_FEATURE_GATES', 'ZARF_FEATURES', 'ZARF_FEATURE_ENABLE', 'ZARF_FEATURE_DISABLE'],
    ],
    [
      'my-tool',
      undefined,
      'MY_TOOL_FEATURE_EVENTS_PROXY',
      ['MY_TOOL_FEATURE_GATES', 'MY_TOOL_FEATURES', 'MY_TOOL_FEATURE_ENABLE', 'MY_TOOL_FEATURE_DISABLE'],
    ],
    ['zarf', '', 'FEATURE_EVENTS_PROXY', ['FEATURE_GATES', 'FEATURES', 'FEATURE_ENABLE', 'FEATURE_DISABLE']],
    [
      'zarf',
      'KUBE',
      'KUBE_FEATURE_EVENTS_PROXY',
      ['KUBE_FEATURE_GATES', 'KUBE_FEATURES', 'KUBE_FEATURE_ENABLE', 'KUBE_FEATURE_DISABLE'],
    ],
    [
      'zarf',
      'KUBE_',
      'KUBE_FEATURE_EVENTS_PROXY',
      ['KUBE_FEATURE_GATES', 'KUBE_FEATURES', 'KUBE_FEATURE_ENABLE', 'KUBE_FEATURE_DISABLE'],
    ],
  ])('%s with %j', (program, envPrefix, one, several) => {
    const options = { program, version: '1.0.0', envPrefix };
    expect(envNameOf(options, 'EventsProxy')).toBe(one);
    expect(Object.values(envNamesOf(options))).toEqual(several);
  });

  it.each([
    ['EventsProxy', 'ZARF_FEATURE_EVENTS_PROXY'],
    ['feature.EventsProxy', 'ZARF_FEATURE_EVENTS_PROXY'],
    ['axolotl-mode', 'ZARF_FEATURE_AXOLOTL_MODE'],
    ['storage.ceph', 'ZARF_FEATURE_STORAGE_CEPH'],
    ['HTTPProxy', 'ZARF_FEATURE_HTTP_PROXY'],
    ['AllAlpha', 'ZARF_FEATURE_ALL_ALPHA'],
  ])('%s is %s', (name, variable) => {
    expect(envNameOf(zarf.program, name)).toBe(variable);
  });
});

describe('the environment', () => {
  it.each<[env: Environment, settings: readonly string[]]>([
    [{}, []],
    [{ PATH: '/bin', FEATURE_GATES: 'X=true', ZARF_CONFIG: 'x', ZARF_FEATURE: 'x' }, []],
    [
      { ZARF_FEATURE_GATES: 'EventsProxy=true, axolotl-mode=0' },
      ['ZARF_FEATURE_GATES EventsProxy=true', 'ZARF_FEATURE_GATES axolotl-mode=false'],
    ],
    [{ ZARF_FEATURES: '{"axolotl-mode":"true"}' }, ['ZARF_FEATURES axolotl-mode=true']],
    [{ ZARF_FEATURES: 'axolotl-mode=true' }, ['ZARF_FEATURES axolotl-mode=true']],
    [
      { ZARF_FEATURE_ENABLE: 'EventsProxy,AllBeta' },
      ['ZARF_FEATURE_ENABLE EventsProxy=true', 'ZARF_FEATURE_ENABLE AllBeta=true'],
    ],
    [{ ZARF_FEATURE_DISABLE: 'TestBeta' }, ['ZARF_FEATURE_DISABLE TestBeta=false']],
    [{ ZARF_FEATURE_EVENTS_PROXY: 'true' }, ['ZARF_FEATURE_EVENTS_PROXY EventsProxy=true']],
    [
      { ZARF_FEATURE_AXOLOTL_MODE: '1', ZARF_FEATURE_STORAGE_CEPH: 'False' },
      ['ZARF_FEATURE_AXOLOTL_MODE axolotl-mode=true', 'ZARF_FEATURE_STORAGE_CEPH storage.ceph=false'],
    ],
    [
      { ZARF_FEATURE_ALL_ALPHA: 'true', ZARF_FEATURE_ALL_BETA: 'false' },
      ['ZARF_FEATURE_ALL_ALPHA AllAlpha=true', 'ZARF_FEATURE_ALL_BETA AllBeta=false'],
    ],
    // as client-go spells them
    [{ ZARF_FEATURE_EventsProxy: 'true' }, ['ZARF_FEATURE_EventsProxy EventsProxy=true']],
    [{ 'ZARF_FEATURE_feature.storage.ceph': 'true' }, ['ZARF_FEATURE_feature.storage.ceph storage.ceph=true']],
    // a line end of a file that was written elsewhere
    [{ ZARF_FEATURE_EVENTS_PROXY: 'true\r' }, ['ZARF_FEATURE_EVENTS_PROXY EventsProxy=true']],
    // empty is not set
    [
      {
        ZARF_FEATURE_GATES: '',
        ZARF_FEATURES: ' ',
        ZARF_FEATURE_ENABLE: '',
        ZARF_FEATURE_EVENTS_PROXY: '',
        ZARF_FEATURE_XYZ: '',
      },
      [],
    ],
    [{ ZARF_FEATURE_EVENTS_PROXY: undefined }, []],
  ])('%j', (env, settings) => {
    expect(said(zarf, env)).toEqual(settings);
  });

  it('reads process.env unless told otherwise', () => {
    process.env.ZARF_FEATURE_AXOLOTL_MODE = 'true';
    try {
      expect(gatesFromEnv(zarf)).toEqual({
        name: 'env',
        settings: [{ name: 'axolotl-mode', enabled: true, from: 'ZARF_FEATURE_AXOLOTL_MODE' }],
      });
    } finally {
      delete process.env.ZARF_FEATURE_AXOLOTL_MODE;
    }
  });

  it.each<[variable: string, value: string, says: string]>([
    ['ZARF_FEATURE_GATES', 'EventsProxy', 'missing bool value for EventsProxy (set by ZARF_FEATURE_GATES)'],
    [
      'ZARF_FEATURE_GATES',
      'EventsProxy=on',
      'invalid value of EventsProxy=on, err: strconv.ParseBool: parsing "on": invalid syntax (set by ZARF_FEATURE_GATES)',
    ],
    [
      'ZARF_FEATURES',
      '{"axolotl-mode":"on"}',
      'unable to parse feature value: on into bool for key: axolotl-mode (set by ZARF_FEATURES)',
    ],
    [
      'ZARF_FEATURES',
      'axolotl-mode=on',
      'unable to parse feature value: on into bool for key: axolotl-mode (set by ZARF_FEATURES)',
    ],
    [
      'ZARF_FEATURES',
      '{"axolotl-mode":',
      'this is no JSON object; expected one like {"name":"true"}, or name=true,other=false (set by ZARF_FEATURES)',
    ],
    [
      'ZARF_FEATURE_ENABLE',
      'EventsProxy=true',
      'EventsProxy=true is no name: this list has names only (set by ZARF_FEATURE_ENABLE)',
    ],
    [
      'ZARF_FEATURE_EVENTS_PROXY',
      'on',
      'invalid value of ZARF_FEATURE_EVENTS_PROXY=on, err: strconv.ParseBool: parsing "on": invalid syntax',
    ],
  ])('%s=%s', (variable, value, says) => {
    const error = thrownBy(() => gatesFromEnv(zarf, { [variable]: value }));
    expect([error.code, error.message]).toEqual(['INVALID_ARGUMENT', says]);
  });

  it('is text', () => {
    expect(thrownBy(() => gatesFromEnv(zarf, { ZARF_FEATURE_EVENTS_PROXY: 5 as never })).message).toBe(
      'invalid value of ZARF_FEATURE_EVENTS_PROXY=5',
    );
    expect(said(zarf, { ZARF_FEATURE_EVENTS_PROXY: undefined, OTHER: 5 as never })).toEqual([]);
    expect(thrownBy(() => gatesFromEnv(zarf, null as never)).code).toBe('INVALID_ARGUMENT');
  });

  it('is read for gates, and not for live ones', () => {
    for (const gates of [liveGates(zarf), undefined]) {
      expect(thrownBy(() => gatesFromEnv(gates as never, {})).code).toBe('INVALID_ARGUMENT');
    }
  });

  it('tells every problem at once', () => {
    const env = {
      ZARF_FEATURE_GATES: 'A',
      ZARF_FEATURES: 'b',
      ZARF_FEATURE_EVENTS_PROXY: 'x',
      ZARF_FEATURE_TEST_BETA: 'y',
    };
    expect(thrownBy(() => gatesFromEnv(zarf, env)).issues).toHaveLength(4);
  });

  it('is told in one order, however it was set', () => {
    const env = { ZARF_FEATURE_TEST_BETA: 'y', ZARF_FEATURE_AXOLOTL_MODE: 'x' };
    const { issues } = thrownBy(() => gatesFromEnv(zarf, env));
    expect(issues.map(({ path }) => path[0])).toEqual(['axolotl-mode', 'TestBeta']);
  });

  it.each([
    ['ZARF_FEATURE_EVNETS_PROXY', 'EventsProxy'],
    ['ZARF_FEATURE_EVENT_PROXY', 'EventsProxy'],
    ['ZARF_FEATURE_AXOLOTL_MODES', 'axolotl-mode'],
    ['ZARF_FEATURE_STORAGE_CEPHS', 'storage.ceph'],
  ])('%s is nobody’s, and nearly %s', (variable, near) => {
    const { issues } = thrownBy(() => zarf.with(gatesFromEnv(zarf, { [variable]: 'whatever' })));
    expect(issues).toMatchObject([{ code: 'unknown-gate', hint: `did you mean ${near}?` }]);
    expect(issues[0]?.message).toContain(`(set by ${variable})`);
  });

  it('asks of the first ones only how they were meant: so many are no slips', () => {
    const many = Array.from({ length: 900 }, (_, i) => [`ZARF_FEATURE_EVENTSPROXY${100 + i}`, 'true']);
    const names = gatesFromEnv(zarf, Object.fromEntries(many)).settings.map(({ name }) => name);
    expect(names[0]).toBe('Eventsproxy100');
    expect(names.filter((name) => name.startsWith('Events'))).toHaveLength(20);
  });

  it('has no name for what is like nothing', () => {
    const { issues } = thrownBy(() => zarf.with(gatesFromEnv(zarf, { ZARF_FEATURE_XYZ: 'true' })));
    expect(issues.map(({ message }) => message)).toEqual(['unrecognized feature gate: XYZ (set by ZARF_FEATURE_XYZ)']);
    expect(issues[0]?.hint).toBeUndefined();
  });

  it('may hold what is not known where that is allowed', () => {
    const gates = defineGates({ program: 'zarf', version: '1.0.0', allowUnknown: true }, DECLARED);
    const layer = gatesFromEnv(gates, { ZARF_FEATURE_XYZ: 'anything', ZARF_FEATURE_EVENTS_PROXY: '1' });
    expect(gates.with(layer).enabled('EventsProxy')).toBe(true);
  });
});

describe('the environment without a prefix', () => {
  it('is looked at for declared gates only: other variables belong to others', () => {
    const env = {
      FEATURE_GATES: 'EventsProxy=true',
      FEATURES: '{"axolotl-mode":true}',
      FEATURE_ENABLE: 'storage.ceph',
      FEATURE_DISABLE: 'TestBeta',
      FEATURE_EVENTS_PROXY: 'true',
      FEATURE_CONFIG: 'flags.yaml',
      FEATURE_EVNETS_PROXY: 'true',
      ZARF_FEATURE_EVENTS_PROXY: 'false',
    };
    expect(said(bare, env)).toEqual([
      'FEATURE_GATES EventsProxy=true',
      'FEATURES axolotl-mode=true',
      'FEATURE_ENABLE storage.ceph=true',
      'FEATURE_DISABLE TestBeta=false',
      'FEATURE_EVENTS_PROXY EventsProxy=true',
    ]);
  });

  it('has variables of declared gates that are somebody else’s too', () => {
    const error = thrownBy(() => gatesFromEnv(bare, { FEATURE_PROVIDER: 'file' }));
    expect(error.issues).toMatchObject([{ code: 'not-a-boolean', path: ['provider'] }]);
  });

  it('has AllAlpha and AllBeta', () => {
    expect(said(bare, { FEATURE_ALL_ALPHA: '1' })).toEqual(['FEATURE_ALL_ALPHA AllAlpha=true']);
  });
});

describe('on and off in one environment', () => {
  it.each<[Environment, string]>([
    [
      { ZARF_FEATURE_ENABLE: 'EventsProxy', ZARF_FEATURE_DISABLE: 'EventsProxy' },
      '(by ZARF_FEATURE_ENABLE) and disabled (by ZARF_FEATURE_DISABLE)',
    ],
    [
      { ZARF_FEATURE_EVENTS_PROXY: 'false', ZARF_FEATURES: '{"EventsProxy":true}' },
      '(by ZARF_FEATURES) and disabled (by ZARF_FEATURE_EVENTS_PROXY)',
    ],
    [
      { ZARF_FEATURE_EVENTS_PROXY: 'false', ZARF_FEATURE_EVENTSPROXY: 'true' },
      '(by ZARF_FEATURE_EVENTSPROXY) and disabled (by ZARF_FEATURE_EVENTS_PROXY)',
    ],
  ])('%j', (env, says) => {
    const error = thrownBy(() => zarf.with(gatesFromEnv(zarf, env)));
    expect(error.issues).toMatchObject([{ code: 'on-and-off', path: ['env', 'EventsProxy'] }]);
    expect(error.message).toContain(`EventsProxy is both enabled ${says}`);
  });
});
