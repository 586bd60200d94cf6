import { afterEach, describe, expect, it, vi } from 'vitest';
import { thrownBy } from '../../test/thrown.ts';
import { resetFeatures } from '../testing/index.ts';
import * as feature from './index.ts';
import {
  Alpha,
  Beta,
  createFeatures,
  Default,
  Deprecated,
  type Feature,
  type FeatureApi,
  formatFeature,
  GA,
  type Mode,
  User,
} from './index.ts';

// The behaviour of Zarf's feature package, function by function, of the functions of the module and of features of
// their own alike. Maintainers declare before a user sets, or after: both must come to the same.

const FOO_ON: Feature = { name: 'foo', enabled: true };
const FOO_OFF: Feature = { name: 'foo', enabled: false };
const MANY: readonly Feature[] = [
  FOO_ON,
  { name: 'qux', enabled: false },
  { name: 'bar', enabled: true },
  { name: 'baz', enabled: false },
];
const byName = (features: readonly Feature[]): Record<string, Feature> =>
  Object.fromEntries(features.map((one) => [one.name, one]));

afterEach(() => resetFeatures());

const APIS: readonly (readonly [string, () => Omit<FeatureApi, 'gates'>])[] = [
  ['the module', () => feature],
  ['createFeatures', () => createFeatures({ onWarning: () => {} })],
];
const ORDERS = ['defaults first', 'user first'] as const;

describe.each(APIS)('%s', (which, make) => {
  /** Features with these defaults and these of a user. */
  function made(defaults: readonly Feature[], user: readonly Feature[], order: (typeof ORDERS)[number] = ORDERS[0]) {
    if (which === 'the module') resetFeatures();
    const api = make();
    const steps = [() => api.setDefault(defaults, { onWarning: () => {} }), () => api.set(user)];
    for (const step of order === 'defaults first' ? steps : steps.reverse()) step();
    return api;
  }

  const SETS: readonly (readonly [
    what: string,
    defaults: readonly Feature[],
    user: readonly Feature[],
    on: boolean,
  ])[] = [
    ['in no set', [], [], false],
    ['user enabled, default empty', [], [FOO_ON], true],
    ['user disabled, default empty', [], [FOO_OFF], false],
    ['default enabled, user empty', [FOO_ON], [], true],
    ['default disabled, user empty', [FOO_OFF], [], false],
    ['default enabled, user enabled', [FOO_ON], [FOO_ON], true],
    ['default disabled, user disabled', [FOO_OFF], [FOO_OFF], false],
    ['default disabled, user enabled', [FOO_OFF], [FOO_ON], true],
    ['default enabled, user disabled', [FOO_ON], [FOO_OFF], false],
    ['another one declared, user enabled', [{ name: 'other', enabled: false }], [FOO_ON], true],
    ['another one set, default enabled', [FOO_ON], [{ name: 'other', enabled: false }], true],
  ];

  describe.each(ORDERS)('%s', (order) => {
    it.each(SETS)('isEnabled and enabled: %s', (_what, defaults, user, on) => {
      const api = made(defaults, user, order);
      if (which === 'the module') vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
      expect([api.isEnabled('foo'), api.enabled('foo'), api.isEnabled('feature.foo')]).toEqual([on, on, on]);
      vi.restoreAllMocks();
    });

    it.each(SETS)('all: %s', (_what, defaults, user) => {
      const api = made(defaults, user, order);
      expect(api.all()).toEqual({ default: byName(defaults), user: byName(user) });
      expect(api.allDefault()).toEqual(byName(defaults));
      expect(api.allUser()).toEqual(byName(user));
      // as the seed has it: an empty set is no error
      expect(Object.keys(api.all()[User]).length === 0).toBe(user.length === 0);
      expect(Object.keys(api.all()[Default]).length === 0).toBe(defaults.length === 0);
    });

    it.each(SETS)('get: %s', (_what, defaults, user) => {
      const api = made(defaults, user, order);
      const [declared, own] = [defaults, user].map((set) => set.find(({ name }) => name === 'foo'));
      const expected = own ?? declared;
      if (expected === undefined) {
        expect(thrownBy(() => api.get('foo'))).toMatchObject({ code: 'NOT_FOUND', message: 'feature not found: foo' });
      } else expect(api.get('foo')).toEqual(expected);
      if (declared === undefined) {
        const message = 'default feature not found: foo';
        expect(thrownBy(() => api.getDefault('foo'))).toMatchObject({ code: 'NOT_FOUND', message });
      } else expect(api.getDefault('foo')).toEqual(declared);
      if (own === undefined) {
        const message = 'user-configured feature not found: foo';
        expect(thrownBy(() => api.getUser('foo'))).toMatchObject({ code: 'NOT_FOUND', message });
      } else expect(api.getUser('foo')).toEqual(own);
    });
  });

  describe.each<[Mode, 'set' | 'setDefault', 'allUser' | 'allDefault']>([
    ['user', 'set', 'allUser'],
    ['default', 'setDefault', 'allDefault'],
  ])('%s features', (mode, write, read) => {
    const message = `${mode} features have already been set`;
    it.each<[what: string, features: readonly Feature[]]>([
      ['none', []],
      ['one', [FOO_ON]],
      ['a disabled one', [FOO_OFF]],
      ['many', MANY],
    ])('are read as they were written: %s', (_what, features) => {
      const api = made([], []);
      api[write](features);
      expect(api[read]()).toEqual(byName(features));
      expect(Object.keys(api[read]())).toEqual(features.map(({ name }) => name));
    });

    it.each<[what: string, again: readonly Feature[]]>([
      ['the same', [FOO_ON]],
      ['others', [{ name: 'bar', enabled: true }]],
      ['what cannot be set at all', [{ name: '', enabled: true }]],
    ])('are written once: %s', (_what, again) => {
      const api = made([], []);
      api[write]([FOO_ON]);
      expect(thrownBy(() => api[write](again))).toMatchObject({ code: 'CONFLICT', message });
      expect(api[read]()).toEqual(byName([FOO_ON]));
    });

    it('none of them is not written, before and after', () => {
      const api = made([], []);
      api[write]([]);
      api[write]([]);
      api[write]([FOO_ON]);
      api[write]([]);
      expect(api[read]()).toEqual(byName([FOO_ON]));
    });

    const WRONG: readonly (readonly [what: string, features: unknown, codes: readonly string[]])[] = [
      ['no list', { name: 'foo', enabled: true }, []],
      ['nothing', undefined, []],
      ['a feature that is text', ['foo'], ['not-a-feature at 0']],
      ['no name', [{ enabled: true }], ['bad-name at 0.name']],
      ['an empty name', [{ name: '', enabled: true }], ['bad-name at ']],
      ['a name with a space', [{ name: 'f oo', enabled: true }], ['bad-name at f oo']],
      ['__proto__', [{ name: '__proto__', enabled: true }], ['bad-name at __proto__']],
      ['AllAlpha', [{ name: 'AllAlpha', enabled: true }], ['bad-name at AllAlpha']],
      ['enabled left out', [{ name: 'foo' }], ['not-a-boolean at 0.enabled']],
      ['"false"', [{ name: 'foo', enabled: 'false' }], ['not-a-boolean at 0.enabled']],
      ['enable', [{ name: 'foo', enabled: true, enable: true }], ['unknown-field at 0.enable']],
      ['a name twice', [FOO_ON, { name: 'bar', enabled: true }, FOO_ON], ['same-name at 2.name']],
      ['a name twice, on and off', [FOO_ON, FOO_OFF], ['same-name at 1.name']],
      ['a name in both spellings', [FOO_ON, { name: 'feature.foo', enabled: true }], ['same-name at 1.name']],
      ['names that are one when typed', [{ name: 'f-oo', enabled: true }, FOO_ON], ['same-name at foo']],
      ['a since that is no version', [{ ...FOO_ON, since: 'spring' }], ['no-version at foo.since']],
      ['an until that is no version', [{ ...FOO_ON, stage: 'deprecated', until: '1' }], ['no-version at foo.until']],
      [
        'an until before since',
        [{ ...FOO_ON, stage: 'deprecated', since: 'v0.62.0', until: 'v0.52.0' }],
        ['until-before-since at foo.until'],
      ],
      ['an unknown stage', [{ ...FOO_ON, stage: 'gamma' }], ['no-stage at foo.stage']],
      ['an owner of spaces', [{ ...FOO_ON, owner: ' ' }], ['no-owner at foo.owner']],
      ['a description that is none', [{ ...FOO_ON, description: 7 }], ['no-description at foo.description']],
      [
        'all that is wrong',
        [null, { name: 7, enabled: 1 }, { ...FOO_ON, untl: '1.0.0' }],
        ['not-a-feature at 0', 'not-a-boolean at 1.enabled', 'bad-name at 1.name', 'unknown-field at 2.untl'],
      ],
    ];
    it.each(WRONG)('are refused whole, and may be written after: %s', (_what, features, codes) => {
      const api = made([], []);
      const error = thrownBy(() => api[write](features as readonly Feature[]));
      expect(error.code).toBe('INVALID_ARGUMENT');
      expect(error.issues.map(({ code, path }) => `${code} at ${path.join('.')}`)).toEqual(codes);
      expect(api.all()).toEqual({ default: {}, user: {} });
      api[write](MANY);
      expect(api[read]()).toEqual(byName(MANY));
    });

    it('a field that is no field comes with a suggestion', () => {
      const error = thrownBy(() => made([], [])[write]([{ ...FOO_ON, descripton: '' } as Feature]));
      expect(error.issues[0]).toMatchObject({ hint: 'did you mean description?' });
    });

    it('are refused with everything that is wrong in them', () => {
      const error = thrownBy(() =>
        made([], [])[write]([
          { name: 'a', enabled: 'false' as never },
          { name: 'b', enabled: true, since: 'banana' },
          { name: 'c d', enabled: true },
          { name: 'e', enabled: true, stage: Deprecated, since: '2.0.0', until: '1.0.0' },
          { name: 'f', enabled: 1 as never, stage: 'gamma' as never, owner: 5 as never },
        ]),
      );
      expect(error.issues.map(({ code, path }) => `${code} at ${path.join('.')}`)).toEqual([
        'not-a-boolean at 0.enabled',
        'not-a-boolean at 4.enabled',
        'bad-name at c d',
        'no-version at b.since',
        'until-before-since at e.until',
        'no-owner at f.owner',
        'no-stage at f.stage',
      ]);
    });

    it('whose names are long are shown shortened', () => {
      const long = 'y'.repeat(100_000);
      const twice = [
        { name: long, enabled: true },
        { name: long, enabled: true },
      ];
      for (const call of ['get', write] as const) {
        const api = made([], []);
        const fails = (): unknown => (call === 'get' ? api.get(long) : api[call](twice));
        expect(thrownBy(fails).message.length).toBeLessThan(1_000);
      }
    });

    it('are named with feature. before, or without', () => {
      const api = made([], []);
      api[write]([{ name: 'feature.foo', enabled: true }]);
      expect(api[read]()).toEqual({ foo: { name: 'feature.foo', enabled: true } });
      expect([api.isEnabled('foo'), api.isEnabled('feature.foo'), api.get('foo').enabled]).toEqual([true, true, true]);
    });

    it('take every good version', () => {
      const features = ['v0.52.0', '0.52.0', '0.52', 'v1.0.0-rc.1'].map((since, i): Feature => {
        return { name: `f${i}`, enabled: true, stage: Deprecated, since, until: 'v9.62' };
      });
      const api = made([], []);
      api[write](features);
      expect(api[read]()).toEqual(byName(features));
    });

    it('of prototype names are features like others', () => {
      const names = ['constructor', 'toString', 'hasOwnProperty', 'valueOf'];
      const api = made([], []);
      for (const name of [...names, '__proto__']) expect(thrownBy(() => api.get(name)).code).toBe('NOT_FOUND');
      expect(Object.getPrototypeOf(api[read]())).toBeNull();
      api[write](names.map((name) => ({ name, enabled: true })));
      for (const name of names) expect(api.isEnabled(name)).toBe(true);
      expect(Object.keys(api[read]())).toEqual(names);
    });

    it('do not change afterwards', () => {
      const mine = { name: 'foo', enabled: true };
      const list = [mine];
      const api = made([], []);
      api[write](list);
      mine.enabled = false;
      list.push({ name: 'bar', enabled: true });
      expect(api[read]()).toEqual(byName([FOO_ON]));
      expect(api.isEnabled('foo')).toBe(true);
      const seen = api[read]() as Record<string, Feature>;
      expect(() => Object.assign(seen.foo!, { enabled: false })).toThrow(TypeError);
      expect(() => Object.assign(seen, { bar: FOO_OFF })).toThrow(TypeError);
      expect(() => Object.assign(api.all(), { user: {} })).toThrow(TypeError);
      expect(() => Object.assign(api.get('foo'), { enabled: false })).toThrow(TypeError);
      expect(api.isEnabled('foo')).toBe(true);
    });
  });
});

it('the words are those of the seed', () => {
  expect([Default, User, Alpha, Beta, GA, Deprecated]).toEqual([
    'default',
    'user',
    'alpha',
    'beta',
    'ga',
    'deprecated',
  ]);
  expect([FOO_ON, FOO_OFF].map(formatFeature)).toEqual(['foo:enabled', 'foo:disabled']);
});
