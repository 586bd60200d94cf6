import { describe, expect, it, vi } from 'vitest';
import { thrownBy } from '../../test/thrown.ts';
import { defineGates } from '../gates.ts';
import { layer } from '../layer.ts';
import { liveGates } from '../live.ts';
import { resetFeatures } from '../testing/index.ts';
import * as feature from './index.ts';
import { createFeatures, Deprecated, type Feature, GA } from './index.ts';

// The features of the seed, and features as the gates they are.

const SEED: readonly Feature[] = [
  {
    name: 'foo',
    description: 'foo does the thing of course',
    enabled: true,
    since: 'v0.60.0',
    stage: GA,
    owner: '@zarf-maintainers',
  },
  {
    name: 'bar',
    description: 'bar was honestly always a bit buggy, use baz instead',
    enabled: false,
    since: 'v0.52.0',
    until: 'v0.62.0',
    stage: Deprecated,
  },
];
const ZARF = { program: 'zarf', version: '0.61.0' };
const ABOUT = { owner: '@platform', description: 'Serves events.', since: '0.3.0' };

const collected = () => {
  const warnings: string[] = [];
  return { warnings, onWarning: (message: string) => void warnings.push(message) };
};

describe('declared features', () => {
  it('are gates', () => {
    const features = createFeatures();
    expect(thrownBy(() => features.gates()).code).toBe('NOT_READY');
    features.setDefault(SEED, ZARF);
    const { current } = features.gates();
    expect(current.program).toMatchObject(ZARF);
    expect(current.issues).toEqual([]);
    expect(current.list()).toMatchObject([
      { ...SEED[1], stage: 'deprecated', default: false, owner: 'zarf', overdue: false, layer: 'default' },
      { ...SEED[0], stage: 'ga', default: true, owner: '@zarf-maintainers', layer: 'default' },
    ]);
  });

  it('that say little are beta gates of the program, from its beginning, of no version', () => {
    const features = createFeatures();
    features.setDefault([{ name: 'foo', enabled: false }]);
    expect(features.gates().current.program).toMatchObject({ program: 'features', version: '0.0.0' });
    expect(features.gates().current.state('foo')).toMatchObject({
      stage: 'beta',
      default: false,
      owner: 'features',
      description: 'Not described.',
      since: '0.0.0',
    });
    expect(features.getDefault('foo')).toEqual({ name: 'foo', enabled: false });
  });

  it('that are not well declared for the program are refused, and may be declared after', () => {
    const features = createFeatures();
    expect(thrownBy(() => features.setDefault(SEED, { version: 'latest' })).code).toBe('INVALID_ARGUMENT');
    features.setDefault(SEED, ZARF);
    expect(features.isEnabled('foo')).toBe(true);
  });

  it('do not fail for what a user set before them and cannot have: that does nothing, and is told', () => {
    const { warnings, onWarning } = collected();
    const features = createFeatures({ onWarning });
    features.set([
      { name: 'foo', enabled: false },
      { name: 'bar', enabled: true },
    ]);
    features.setDefault([{ ...SEED[0]!, stage: 'removed' }, SEED[1]!], ZARF);
    expect([features.isEnabled('foo'), features.isEnabled('bar')]).toEqual([true, true]);
    expect(features.effective('foo')).toMatchObject({ source: 'locked', reason: 'it was removed' });
    // what the user wrote is what the user wrote
    expect(features.getUser('foo')).toEqual({ name: 'foo', enabled: false });
    const cannot = 'cannot set feature gate foo to false, feature is locked to true (set by set())';
    expect(warnings).toContain(`what was set of feature "foo" does nothing: ${cannot}`);
    const after = createFeatures({ onWarning: () => {} });
    after.setDefault([{ ...SEED[0]!, stage: 'removed' }], ZARF);
    expect(thrownBy(() => after.set([{ name: 'foo', enabled: false }])).message).toContain(cannot);
  });

  it.each(['before', 'after'])('are set once, %s they were declared, also if the layer is taken away', (when) => {
    const features = createFeatures({ onWarning: () => {} });
    if (when === 'before') features.set([{ name: 'foo', enabled: false }]);
    features.setDefault(SEED, ZARF);
    if (when === 'after') features.set([{ name: 'foo', enabled: false }]);
    expect(features.isEnabled('foo')).toBe(false);
    features.gates().drop('user');
    // from now on the gates hold what was set
    expect([features.allUser(), features.isEnabled('foo')]).toEqual([{}, true]);
    expect(thrownBy(() => features.set([{ name: 'foo', enabled: false }])).code).toBe('CONFLICT');
    const others = createFeatures({ gates: features.gates() });
    expect(thrownBy(() => others.set([{ name: 'foo', enabled: false }])).code).toBe('CONFLICT');
    resetFeatures({ features, only: 'user' });
    features.set([{ name: 'foo', enabled: false }]);
    expect(features.isEnabled('foo')).toBe(false);
  });

  it('are overdue by the version that runs', () => {
    const { warnings, onWarning } = collected();
    const features = createFeatures();
    features.setDefault(SEED, { program: 'zarf', version: 'v0.62.0', onWarning });
    expect(features.isEnabled('bar')).toBe(false);
    expect(warnings).toEqual(['feature gate bar should have been removed in v0.62.0']);
  });
});

describe('layers', () => {
  it('decide before what a user set', () => {
    const features = createFeatures();
    features.setDefault(SEED, { ...ZARF, onWarning: () => {} });
    features.set([{ name: 'foo', enabled: false }]);
    expect(features.isEnabled('foo')).toBe(false);
    const seen: boolean[] = [];
    for (const name of ['local', 'cluster', 'file', 'env', 'flag', 'override'] as const) {
      const enabled = seen.length % 2 === 0;
      features.gates().apply(layer(name, { foo: enabled }));
      seen.push(features.isEnabled('foo'));
      // what the user set is what the user set
      expect(features.get('foo')).toEqual({ name: 'foo', enabled: false });
      expect(features.getUser('foo').enabled).toBe(false);
    }
    expect(seen).toEqual([true, false, true, false, true, false]);
  });

  it('are told by effective, with what the maintainers say', () => {
    const features = createFeatures();
    features.setDefault(SEED, { ...ZARF, onWarning: () => {} });
    expect(features.effective('foo')).toEqual({ ...SEED[0], source: 'default', reason: 'ga, on by default' });
    features.set([
      { name: 'foo', enabled: false, description: 'not of my making' },
      { name: 'quux', enabled: true },
    ]);
    expect(features.effective('foo')).toEqual({ ...SEED[0], enabled: false, source: 'user', reason: 'set by set()' });
    features.gates().apply(layer('flag', { foo: true }, '--features'));
    expect(features.effective('foo')).toEqual({ ...SEED[0], source: 'flag', reason: 'set by --features' });
    expect(features.effective('quux')).toEqual({
      name: 'quux',
      enabled: true,
      source: 'user',
      reason: 'set by set(), and not declared',
    });
    expect(thrownBy(() => features.effective('nope'))).toMatchObject({
      code: 'NOT_FOUND',
      message: 'feature not found: nope',
    });
  });
});

describe('over gates that are there', () => {
  const gates = () =>
    liveGates(
      defineGates(
        { program: 'zarf', version: '0.5.0', onWarning: () => {} },
        {
          EventsProxy: { ...ABOUT, stage: 'alpha' },
          Sessions: { ...ABOUT, stage: 'alpha', requires: ['EventsProxy'] },
          Old: { ...ABOUT, stage: 'deprecated', default: true, until: '0.9.0' },
          Locked: { ...ABOUT, stage: 'ga', locked: true },
          Later: { owner: '@platform', description: 'Later.', history: [{ version: '0.9', stage: 'alpha' }] },
        },
      ),
    );

  it('features are what the gates are', () => {
    const features = createFeatures({ gates: gates() });
    expect(features.allDefault()).toEqual({
      EventsProxy: { name: 'EventsProxy', enabled: false, stage: 'alpha', ...ABOUT },
      Sessions: { name: 'Sessions', enabled: false, stage: 'alpha', ...ABOUT },
      Old: { name: 'Old', enabled: true, stage: 'deprecated', until: '0.9.0', ...ABOUT },
      Locked: { name: 'Locked', enabled: true, stage: 'ga', ...ABOUT },
      Later: {
        name: 'Later',
        enabled: false,
        stage: 'prealpha',
        owner: '@platform',
        description: 'Later.',
        since: '0.9',
      },
    });
    expect(thrownBy(() => features.setDefault(SEED))).toMatchObject({
      code: 'CONFLICT',
      message: 'default features have already been set',
    });
    features.setDefault([]);
  });

  it('setting sets the user layer', () => {
    const live = gates();
    const features = createFeatures({ gates: live });
    features.set([{ name: 'EventsProxy', enabled: true, description: 'mine' }]);
    expect(live.current.state('EventsProxy')).toMatchObject({ enabled: true, layer: 'user', from: 'set()' });
    expect(features.isEnabled('EventsProxy')).toBe(true);
    expect(features.allUser()).toEqual({
      EventsProxy: { name: 'EventsProxy', enabled: true, description: 'mine' },
    });
  });

  it('all features over them are the same', () => {
    const live = gates();
    const [one, other] = [createFeatures({ gates: live }), createFeatures({ gates: live })];
    one.set([{ name: 'EventsProxy', enabled: true, since: '0.3.0' }]);
    expect(other.getUser('EventsProxy')).toEqual({ name: 'EventsProxy', enabled: true, since: '0.3.0' });
    expect(thrownBy(() => other.set([{ name: 'Old', enabled: false }])).message).toBe(
      'user features have already been set',
    );
  });

  it('a user layer that was there is what the user set', () => {
    const live = gates();
    live.apply(layer('user', { 'feature.EventsProxy': true }));
    const features = createFeatures({ gates: live });
    expect(features.allUser()).toEqual({ EventsProxy: { name: 'feature.EventsProxy', enabled: true } });
    expect(thrownBy(() => features.set([{ name: 'Old', enabled: false }])).code).toBe('CONFLICT');
    live.drop('user');
    features.set([{ name: 'Old', enabled: false }]);
    expect(features.isEnabled('Old')).toBe(false);
  });

  it.each<[what: string, set: readonly Feature[], message: string]>([
    [
      'a locked gate',
      [{ name: 'Locked', enabled: false }],
      'cannot set feature gate Locked to false, feature is locked to true (set by set())',
    ],
    [
      'a gate of a later version',
      [{ name: 'Later', enabled: true }],
      'cannot set feature gate Later to true, feature is PreAlpha at version 0.5.0 (set by set())',
    ],
    [
      'a gate without what it requires',
      [{ name: 'Sessions', enabled: true }],
      'Sessions is enabled, but depends on features that are disabled: [EventsProxy]',
    ],
  ])('%s cannot be set, and others may after', (_what, set, message) => {
    const features = createFeatures({ gates: gates() });
    const error = thrownBy(() => features.set([{ name: 'Old', enabled: false }, ...set]));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toContain(message);
    expect([features.allUser(), features.isEnabled('Old')]).toEqual([{}, true]);
    features.set([
      { name: 'EventsProxy', enabled: true },
      { name: 'Sessions', enabled: true },
      { name: 'Locked', enabled: true },
    ]);
    expect(features.isEnabled('Sessions')).toBe(true);
  });
});

describe('names that nobody declares', () => {
  it('that somebody sets are what they are set to, and one warning says so', () => {
    const { warnings, onWarning } = collected();
    const features = createFeatures({ onWarning });
    features.setDefault(SEED, ZARF);
    features.set([
      { name: 'fooo', enabled: true },
      { name: 'axolotl-mode', enabled: true },
    ]);
    expect([features.isEnabled('fooo'), features.isEnabled('fooo'), features.isEnabled('axolotl-mode')]).toEqual([
      true,
      true,
      true,
    ]);
    expect(features.gates().current.has('fooo')).toBe(false);
    expect(warnings).toEqual([
      'feature "fooo" is set, and not declared. Did you mean foo?',
      'feature "axolotl-mode" is set, and not declared',
    ]);
    expect(thrownBy(() => features.set([{ name: 'foo', enabled: true }])).code).toBe('CONFLICT');
  });

  it('are told of when features are declared after they were set', () => {
    const { warnings, onWarning } = collected();
    const features = createFeatures({ onWarning });
    features.set([
      { name: 'fooo', enabled: true },
      { name: 'foo', enabled: false },
    ]);
    expect(warnings).toEqual([]);
    features.setDefault(SEED, ZARF);
    expect(warnings[0]).toBe('Setting GA feature gate foo=false. It will be removed in a future release.');
    expect(warnings.slice(1)).toEqual(['feature "fooo" is set, and not declared. Did you mean foo?']);
  });

  it('and nobody sets are off, and one warning says so', () => {
    const { warnings, onWarning } = collected();
    const features = createFeatures({ onWarning });
    features.setDefault([...SEED, { name: 'foofoo', enabled: false }], ZARF);
    for (const name of ['nope', 'nope', 'F-O-O', 'f-o-o_f.o-o', 'feature.fo', '__proto__', 'toString']) {
      expect(features.isEnabled(name)).toBe(false);
    }
    expect(warnings).toEqual([
      'feature "nope" is in no set, so it is off',
      'feature "F-O-O" is in no set, so it is off. Did you mean foo?',
      'feature "f-o-o_f.o-o" is in no set, so it is off. Did you mean foofoo?',
      'feature "fo" is in no set, so it is off. Did you mean foo?',
      'feature "__proto__" is in no set, so it is off',
      'feature "toString" is in no set, so it is off',
    ]);
  });

  it('without end do not fill the memory with warnings', () => {
    const { warnings, onWarning } = collected();
    const features = createFeatures({ onWarning });
    for (let i = 0; i < 10_100; i++) features.isEnabled(`n${i}`);
    expect(warnings).toHaveLength(10_000);
    expect(features.isEnabled('x'.repeat(1_000_000))).toBe(false);
  });

  it.each([undefined, null, 7, Symbol('foo'), {}, Object.create(null), ['foo']])('%s is no name, and off', (name) => {
    const features = createFeatures({ onWarning: () => {} });
    features.setDefault(SEED, ZARF);
    expect(features.isEnabled(name as string)).toBe(false);
    expect(thrownBy(() => features.get(name as string)).code).toBe('NOT_FOUND');
  });

  it('are no error, also if whoever is warned throws', () => {
    const emitted = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    try {
      const onWarning = (): void => {
        throw new Error('the log is full');
      };
      const features = createFeatures({ onWarning });
      features.setDefault([{ ...SEED[1]!, enabled: true }], ZARF);
      expect([features.isEnabled('nope'), features.isEnabled('bar')]).toEqual([false, true]);
      expect(emitted).toHaveBeenCalledTimes(2);
    } finally {
      emitted.mockRestore();
    }
  });

  it('are process warnings if nobody else wants them, of the gates if those have their own', () => {
    const emitted = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    try {
      createFeatures().isEnabled('nope');
      expect(emitted.mock.calls).toEqual([['feature "nope" is in no set, so it is off', 'FlagwrightWarning']]);
      const { warnings, onWarning } = collected();
      createFeatures({ gates: liveGates(defineGates({ ...ZARF, onWarning }, {})) }).isEnabled('nope');
      expect(warnings).toEqual(['feature "nope" is in no set, so it is off']);
      const own = collected();
      const live = liveGates(defineGates({ ...ZARF, onWarning }, {}));
      createFeatures({ gates: live, onWarning: own.onWarning }).isEnabled('nope');
      expect([warnings.length, own.warnings.length]).toEqual([1, 1]);
      expect(emitted).toHaveBeenCalledOnce();
    } finally {
      emitted.mockRestore();
    }
  });
});

describe('the module', () => {
  it('reads and writes one set of features for the process', () => {
    try {
      feature.setDefault(SEED, { ...ZARF, onWarning: () => {} });
      feature.set([
        { name: 'foo', enabled: false },
        { name: 'bar', enabled: true },
      ]);
      expect([feature.isEnabled('foo'), feature.enabled('bar')]).toEqual([false, true]);
      expect(feature.sharedFeatures().allUser()).toEqual(feature.allUser());
      expect(feature.effective('foo')).toMatchObject({ enabled: false, source: 'user' });
      feature
        .sharedFeatures()
        .gates()
        .apply(layer('env', { foo: true }));
      expect(feature.isEnabled('foo')).toBe(true);
    } finally {
      resetFeatures();
    }
  });
});

describe('resetFeatures', () => {
  it('forgets everything', () => {
    const { warnings, onWarning } = collected();
    const features = createFeatures({ onWarning });
    features.setDefault(SEED, ZARF);
    features.set([{ name: 'fooo', enabled: true }]);
    expect(features.isEnabled('foo')).toBe(true);
    resetFeatures({ features });
    expect(features.all()).toEqual({ default: {}, user: {} });
    expect(features.isEnabled('foo')).toBe(false);
    warnings.length = 1;
    expect(thrownBy(() => features.gates()).code).toBe('NOT_READY');
    features.setDefault(SEED, ZARF);
    features.set([{ name: 'fooo', enabled: true }]);
    expect(warnings).toHaveLength(2);
  });

  it('or only what the user set', () => {
    const features = createFeatures({ onWarning: () => {} });
    features.setDefault(SEED, ZARF);
    features.set([{ name: 'foo', enabled: false }]);
    const gates = features.gates();
    resetFeatures({ features, only: 'user' });
    expect([features.isEnabled('foo'), features.allUser()]).toEqual([true, {}]);
    expect(features.gates()).toBe(gates);
    features.set([{ name: 'foo', enabled: false }]);
    expect(features.isEnabled('foo')).toBe(false);
  });

  it('also before anything is declared', () => {
    const features = createFeatures();
    features.set([{ name: 'foo', enabled: true }]);
    resetFeatures({ features, only: 'user' });
    expect(features.allUser()).toEqual({});
  });

  it('leaves gates that are not its own declared', () => {
    const live = liveGates(defineGates(ZARF, { EventsProxy: { ...ABOUT, stage: 'beta' } }));
    const features = createFeatures({ gates: live });
    features.set([{ name: 'EventsProxy', enabled: false }]);
    resetFeatures({ features });
    expect(Object.keys(features.allDefault())).toEqual(['EventsProxy']);
    expect([features.isEnabled('EventsProxy'), live.current.layer('user')]).toEqual([true, undefined]);
  });
});
