import { FlagError } from '@flagwright/core';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { defineGates, type Gates, layer, liveGates } from '../index.ts';
import { featureGates, gated, legacyFeature, registerFeatures } from './index.ts';

const described = { owner: '@openstack', description: 'Names for machines.', since: '0.3.0' };
const PROGRAM = { program: 'sunbeam', version: '0.4.0' };

abstract class ControlPlaneFeature {
  static readonly group = 'control plane';
  readonly name: string = '';
  readonly log: string[] = [];
  readonly snap: string;
  constructor(snap: string) {
    this.snap = snap;
  }
  abstract enable(): void;
}

class Dns extends gated(ControlPlaneFeature, { name: 'dns', generallyAvailable: false, ...described }) {
  #runs = false;
  enable(): void {
    this.#runs = true;
    this.log.push(`${this.name} in ${this.snap}: ${this.#runs}`);
  }
}

class Ceph extends gated(class {}, { backendType: 'ceph', generallyAvailable: false, ...described }) {}

/** The code of what is thrown. */
const code = (run: () => unknown): string | undefined => {
  try {
    run();
    return undefined;
  } catch (thrown) {
    return thrown instanceof FlagError ? thrown.code : String(thrown);
  }
};

describe('what a feature declares', () => {
  it('a class keeps what its base has, and brings its gate', () => {
    const dns = new Dns('openstack');
    dns.enable();
    expect(dns.log).toEqual(['dns in openstack: true']);
    expect(dns).toBeInstanceOf(ControlPlaneFeature);
    expect(Dns.group).toBe('control plane');
    expect({ ...dns }).toMatchObject({ name: 'dns', snap: 'openstack', generallyAvailable: false });
    expect([dns.gateName, dns.gateKey]).toEqual(['dns', 'feature.dns']);
    expect(Dns.featureGate).toEqual({ name: 'dns', declaration: { ...described, stage: 'alpha' } });
    expectTypeOf(dns.gateKey).toEqualTypeOf<'feature.dns'>();
    expectTypeOf(dns.name).toExtend<'dns'>();
    expectTypeOf(dns.snap).toEqualTypeOf<string>();
  });

  it('is as abstract as its base', () => {
    // @ts-expect-error enable is not there
    class Lazy extends gated(ControlPlaneFeature, { name: 'lazy', generallyAvailable: false, ...described }) {}
    expect(Lazy.featureGate.name).toBe('lazy');
    // @ts-expect-error what the base needs is needed
    expect(new Dns().snap).toBeUndefined();
  });

  it('a backend has its gate under storage.', () => {
    const ceph = new Ceph();
    expect([ceph.backendType, ceph.gateName, ceph.gateKey]).toEqual(['ceph', 'storage.ceph', 'feature.storage.ceph']);
    expectTypeOf(ceph.gateKey).toEqualTypeOf<'feature.storage.ceph'>();
    const named = gated({}, { name: 'Ceph RGW', backendType: 'rgw', generallyAvailable: false, ...described });
    expect([named.name, named.gateKey]).toEqual(['Ceph RGW', 'feature.storage.rgw']);
  });

  it('an object is a feature itself', () => {
    const feature = { enable: () => 'on' };
    const vault = gated(feature, { name: 'vault', generallyAvailable: true, ...described });
    expect(vault).toBe(feature);
    expect(vault.enable()).toBe('on');
    expect(vault.gateKey).toBe('feature.vault');
    // what is worked out is not copied, nor asked by whoever copies
    expect(Object.keys(vault)).toEqual(['enable', 'name', 'generallyAvailable', 'featureGate']);
  });

  it('the constructor of its base may read it, and is told that there are no gates yet', () => {
    class Base {
      readonly kind: string = 'base';
      readonly seen: unknown;
      constructor(read: (feature: Base) => unknown) {
        this.seen = read(this);
      }
    }
    class Late extends gated(Base, { name: 'late', generallyAvailable: false, ...described }) {}
    type Read = { readonly isVisible: boolean; readonly gateKey: string; readonly name: string };
    expect(code(() => new Late((feature) => (feature as unknown as Read).isVisible))).toBe('NOT_READY');
    const late = new Late((feature) => {
      const { gateKey, name } = feature as unknown as Read;
      return [gateKey, name];
    });
    expect(late.seen).toEqual(['feature.late', 'late']);
    expect(Object.keys(late)).toEqual(['kind', 'seen', 'name', 'generallyAvailable', 'featureGate']);
  });

  it('what is frozen cannot become a feature', () => {
    const spec = { name: 'ice', generallyAvailable: false, ...described } as const;
    expect(code(() => gated(Object.freeze({}), spec))).toBe('INVALID_ARGUMENT');
    class Frozen {
      constructor() {
        Object.freeze(this);
      }
    }
    const Ice = gated(Frozen, spec);
    expect(code(() => new Ice())).toBe('INVALID_ARGUMENT');
  });

  it('graduates by one word: GA and locked, whatever else it says', () => {
    const spec = { name: 'dns', stage: 'beta', default: false, requires: ['x'], ...described } as const;
    const declarationOf = (generallyAvailable: boolean) =>
      gated({}, { ...spec, generallyAvailable }).featureGate.declaration;
    expect(declarationOf(false)).toEqual({ ...described, requires: ['x'], stage: 'beta', default: false });
    expect(declarationOf(true)).toEqual({ ...described, requires: ['x'], stage: 'ga', locked: true });
  });

  it('must say whether it is generally available; a legacy feature is', () => {
    // @ts-expect-error generallyAvailable is missing
    expect(code(() => gated({}, { name: 'dns', ...described }))).toBe('INVALID_ARGUMENT');
    const old = legacyFeature(class {}, { name: 'old', ...described });
    expect(new old().generallyAvailable).toBe(true);
    expect(new old().isVisible).toBe(true);
    const young = legacyFeature({}, { name: 'young', generallyAvailable: false, ...described });
    expect(young.featureGate.declaration.stage).toBe('alpha');
  });

  it('must have a name', () => {
    // @ts-expect-error neither name nor backendType
    expect(code(() => gated({}, { generallyAvailable: true, ...described }))).toBe('INVALID_ARGUMENT');
  });

  it('is declared among the other gates, with typed names', () => {
    const gates = defineGates(PROGRAM, {
      ...featureGates(Dns, Ceph),
      MultiRegion: { stage: 'beta', ...described },
    });
    expectTypeOf(gates).toEqualTypeOf<Gates<'dns' | 'storage.ceph' | 'MultiRegion'>>();
    expect(gates.list().map(({ name, stage }) => [name, stage])).toEqual([
      ['MultiRegion', 'beta'],
      ['dns', 'alpha'],
      ['storage.ceph', 'alpha'],
    ]);
    expect(code(() => featureGates(Dns, Dns))).toBe('INVALID_ARGUMENT');
  });

  it('is checked as every declaration', () => {
    const odd = gated({}, { name: 'feature.dns', generallyAvailable: false, ...described, since: 'yesterday' });
    expect(code(() => defineGates(PROGRAM, featureGates(odd)))).toBe('INVALID_ARGUMENT');
  });
});

describe('what is seen of features', () => {
  const vault = () => gated({ commands: ['vault'] }, { name: 'vault', generallyAvailable: true, ...described });
  const gates = defineGates(PROGRAM, featureGates(Dns, Ceph, vault()));

  it.each([
    { name: 'closed', set: {}, enabled: [], state: { open: false, gated: true, visible: false, enabled: false } },
    {
      name: 'open',
      set: { dns: true },
      enabled: [],
      state: { open: true, gated: false, visible: true, enabled: false },
    },
    {
      name: 'enabled',
      set: { dns: true },
      enabled: ['dns'],
      state: { open: true, gated: false, visible: true, enabled: true },
    },
    {
      name: 'enabled, and its gate has closed since',
      set: {},
      enabled: ['dns'],
      state: { open: false, gated: false, visible: true, enabled: true },
    },
  ])('$name', ({ set, enabled, state }) => {
    const dns = new Dns('openstack');
    const features = registerFeatures(gates.with(layer('flag', set)), [dns], { enabled: new Set(enabled) });
    expect(features.stateOf(dns)).toEqual(state);
    expect(dns.featureState).toEqual(state);
    expect([dns.isGated, dns.isVisible]).toEqual([state.gated, state.visible]);
    expect(features.visible()).toEqual(state.visible ? [dns] : []);
    expect(code(() => features.require(dns))).toBe(state.open ? undefined : 'UNSUPPORTED');
  });

  it('follows gates that are swapped, and features that are enabled meanwhile', () => {
    const live = liveGates(gates);
    const on = new Set<object>();
    const [dns, ceph, open] = [new Dns('openstack'), new Ceph(), vault()];
    const features = registerFeatures(live, [dns, ceph, open], { enabled: (feature) => on.has(feature) });
    expect(features.visible()).toEqual([open]);
    live.apply(layer('cluster', { 'feature.dns': true, 'feature.storage.ceph': true }));
    expect(features.visible()).toEqual([dns, ceph, open]);
    on.add(ceph);
    live.drop('cluster');
    expect(features.visible()).toEqual([ceph, open]);
    expect(features.all).toEqual([dns, ceph, open]);
  });

  it('registered twice, each registration answers by its own gates', () => {
    const dns = new Dns('openstack');
    const on = registerFeatures(gates.with(layer('flag', { dns: true })), [dns], { enabled: new Set(['dns']) });
    const off = registerFeatures(gates, [dns]);
    expect(on.stateOf(dns)).toEqual({ open: true, gated: false, visible: true, enabled: true });
    expect([on.visible(), off.visible()]).toEqual([[dns], []]);
    expect([code(() => on.require(dns)), code(() => off.require(dns))]).toEqual([undefined, 'UNSUPPORTED']);
    // the feature itself knows the last
    expect(dns.isVisible).toBe(false);
  });

  it('what is generally available cannot be closed', () => {
    expect(code(() => gates.with(layer('flag', { vault: false })))).toBe('INVALID_ARGUMENT');
  });

  it('features from before there were gates are always there', () => {
    const old = { name: 'ldap' };
    const features = registerFeatures(gates, [old], { enabled: new Set(['ldap']) });
    expect(features.visible()).toEqual([old]);
    expect(features.stateOf(old)).toEqual({ open: true, gated: false, visible: true, enabled: true });
    expect(code(() => features.require(old))).toBeUndefined();
  });

  it('a gate of storage.ceph and a feature called ceph are two', () => {
    const ceph = gated({}, { name: 'ceph', generallyAvailable: false, ...described });
    const both = defineGates(PROGRAM, featureGates(Ceph, ceph)).with(layer('flag', { ceph: true }));
    const backend = new Ceph();
    registerFeatures(both, [backend, ceph]);
    expect([ceph.isVisible, backend.isVisible]).toEqual([true, false]);
  });

  it('refuses features whose gates are not declared, two with one gate, and strangers', () => {
    const lost = gated({}, { name: 'lost', generallyAvailable: false, ...described });
    expect(code(() => registerFeatures(gates, [lost]))).toBe('NOT_FOUND');
    expect(code(() => registerFeatures(gates, [new Dns('a'), new Dns('b')]))).toBe('INVALID_ARGUMENT');
    const features = registerFeatures(gates, [new Dns('a')]);
    expect(code(() => features.stateOf(new Dns('b')))).toBe('NOT_FOUND');
    expect(code(() => features.require(new Dns('b')))).toBe('NOT_FOUND');
  });

  it('a gated feature that nobody registered says so', () => {
    expect(code(() => new Dns('openstack').isVisible)).toBe('NOT_READY');
    expect(code(() => new Dns('openstack').isGated)).toBe('NOT_READY');
  });
});
