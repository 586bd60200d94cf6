import { FlagError } from '@flagwright/core';
import { describe, expect, it } from 'vitest';
import { defineGates, type Layer, layer, liveGates } from '../index.ts';
import { enableHint, requireGate } from './index.ts';

const described = { owner: '@zarf', description: 'x' };

const gates = defineGates(
  { program: 'zarf', version: '0.4.0' },
  {
    MultiRegion: { stage: 'alpha', since: '0.1', ...described },
    Sites: { stage: 'alpha', since: '0.1', requires: ['MultiRegion'], ...described },
    'axolotl-mode': { stage: 'alpha', since: '0.1', requires: ['Sites'], ...described },
    gone: { stage: 'removed', default: false, since: '0.1', until: '0.3', replacement: 'Sites', ...described },
    never: { stage: 'alpha', default: false, locked: true, since: '0.1', ...described },
    soon: { history: [{ version: '0.5', stage: 'alpha' }], ...described },
    later: { stage: 'alpha', since: '0.4', default: false, requires: ['never'], ...described },
  },
);

describe('the hint', () => {
  it.each<[string, Parameters<typeof gates.state>[0], readonly Layer[], string]>([
    [
      'the flag, and the variable',
      'MultiRegion',
      [],
      'feature gate MultiRegion is not enabled. Enable it with --feature-gates=MultiRegion=true, or ZARF_FEATURE_MULTI_REGION=true',
    ],
    [
      'all that it requires, too',
      'axolotl-mode',
      [],
      'feature gate axolotl-mode is not enabled. Enable it with --feature-gates=axolotl-mode=true,Sites=true,MultiRegion=true, ' +
        'or ZARF_FEATURE_AXOLOTL_MODE=true ZARF_FEATURE_SITES=true ZARF_FEATURE_MULTI_REGION=true',
    ],
    [
      'only what is off',
      'Sites',
      [layer('env', { MultiRegion: true })],
      'feature gate Sites is not enabled. Enable it with --feature-gates=Sites=true, or ZARF_FEATURE_SITES=true',
    ],
    [
      'who closed it; the flag is stronger than a file',
      'MultiRegion',
      [layer('file', { MultiRegion: false }, 'gates.yaml')],
      'feature gate MultiRegion is not enabled: set by gates.yaml. Enable it with --feature-gates=MultiRegion=true, or ZARF_FEATURE_MULTI_REGION=true',
    ],
    [
      'no variable against the command line',
      'MultiRegion',
      [layer('flag', { MultiRegion: false }, '--feature-disable')],
      'feature gate MultiRegion is not enabled: set by --feature-disable. Enable it with --feature-gates=MultiRegion=true',
    ],
    [
      'what the cluster left unmet',
      'Sites',
      [layer('cluster', { Sites: true })],
      'feature gate Sites is not enabled: it requires MultiRegion, which is off. Enable it with --feature-gates=Sites=true,MultiRegion=true, ' +
        'or ZARF_FEATURE_SITES=true ZARF_FEATURE_MULTI_REGION=true',
    ],
    [
      'the program has decided',
      'MultiRegion',
      [layer('override', { MultiRegion: false }, 'sunbeamd')],
      'feature gate MultiRegion is not enabled, and cannot be: set by sunbeamd',
    ],
    [
      'removed',
      'gone',
      [],
      'feature gate gone is not enabled, and cannot be: it was removed in 0.3; use Sites instead',
    ],
    ['locked', 'never', [], 'feature gate never is not enabled, and cannot be: alpha and locked'],
    ['not there yet', 'soon', [], 'feature gate soon is not enabled, and cannot be: it comes in 0.5'],
    [
      'what it requires is locked',
      'later',
      [],
      'feature gate later is not enabled, and cannot be: it requires never, which is off for good: alpha and locked',
    ],
  ])('%s', (_what, name, layers, hint) => {
    expect(enableHint(gates.with(...layers), name)).toBe(hint);
  });

  it('may be of the program itself', () => {
    const how = ({ name }: { name: string }) => `Enable it with: snap set openstack feature.${name}=true`;
    expect(enableHint(gates, 'MultiRegion', how)).toBe(
      'feature gate MultiRegion is not enabled. Enable it with: snap set openstack feature.MultiRegion=true',
    );
  });

  it('knows of no gate that is not declared', () => {
    // @ts-expect-error no such gate
    expect(() => enableHint(gates, 'MultiRegoin')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  });
});

describe('requireGate', () => {
  it('lets pass, or throws with the hint; a holder is asked anew each time', () => {
    const live = liveGates(gates);
    const check = () => requireGate(live, 'MultiRegion', 'this needs several regions');
    expect(check).toThrow(FlagError);
    expect(check).toThrow(
      expect.objectContaining({
        code: 'UNSUPPORTED',
        message: `this needs several regions\n${enableHint(gates, 'MultiRegion')}`,
      }),
    );
    live.apply(layer('flag', { MultiRegion: true }));
    expect(check).not.toThrow();
  });
});
