import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { type Build, type Outcome, refused, run } from '../../test/run-commander.ts';
import { featureGates, gated, registerFeatures } from '../feature/index.ts';
import { defineGates, type Layer, layer } from '../index.ts';
import { addFeatures } from './index.ts';

const described = { owner: '@openstack', description: 'x', since: '0.1' };

describe('addFeatures', () => {
  const specs = { dns: { name: 'dns' }, ceph: { backendType: 'ceph' }, ldap: { name: 'ldap' } } as const;
  const dns = gated({}, { ...specs.dns, generallyAvailable: false, ...described });
  const ceph = gated({}, { ...specs.ceph, generallyAvailable: false, ...described });
  const vault = gated({}, { name: 'vault', generallyAvailable: true, ...described });
  const gates = defineGates({ program: 'sunbeam', version: '0.4.0' }, featureGates(dns, ceph, vault));
  const build =
    (enabled: readonly string[], ...layers: readonly Layer[]): Build =>
    (program, did) => {
      const all = [dns, ceph, vault, { name: 'ldap' }];
      const features = registerFeatures(gates.with(...layers), all, { enabled: new Set(enabled) });
      addFeatures(program.command('enable'), features, (feature, enable) => {
        const name = 'backendType' in feature ? feature.backendType : feature.name;
        enable.command(name).action(() => did(name));
      });
    };
  const listed = (outcome: Outcome): readonly string[] =>
    ['dns', 'ceph', 'vault', 'ldap'].filter((name) => outcome.out.includes(`  ${name}`));

  it('adds those that are seen, and refuses the others', () => {
    expect(listed(run(build([]), 'enable --help'))).toEqual(['vault', 'ldap']);
    expect(run(build([]), 'enable vault').ran).toEqual(['vault']);
    expect(run(build([]), 'enable ceph')).toEqual(
      refused(
        'commander.unknownCommand',
        "error: unknown command 'ceph'\nfeature gate storage.ceph is not enabled. Enable it with " +
          '--feature-gates=storage.ceph=true, or SUNBEAM_FEATURE_STORAGE_CEPH=true\n',
      ),
    );
  });

  it('adds them when their gates open, and keeps what is enabled', () => {
    const opened = build([], layer('flag', { dns: true, 'storage.ceph': true }));
    expect(listed(run(opened, 'enable --help'))).toEqual(['dns', 'ceph', 'vault', 'ldap']);
    expect(run(opened, 'enable ceph').ran).toEqual(['ceph']);
    const kept = build(['storage.ceph']);
    expect(listed(run(kept, 'enable --help'))).toEqual(['ceph', 'vault', 'ldap']);
    expect(run(kept, 'enable ceph').ran).toEqual(['ceph']);
    expect(run(kept, 'enable dns').code).toBe('commander.unknownCommand');
  });

  it('builds the tree of either state from the same features', () => {
    const trees = [layer('flag', { dns: true }), layer('flag', {})].map((given) => {
      const features = registerFeatures(gates.with(given), [dns]);
      return (program: Command, did: (what: unknown) => void) =>
        void addFeatures(program, features, ({ name }) => program.command(name).action(() => did(name)));
    });
    expect(trees.map((tree) => run(tree, 'dns'))).toMatchObject([
      { ran: ['dns'], code: undefined },
      { ran: [], code: 'commander.unknownCommand' },
    ]);
  });
});
