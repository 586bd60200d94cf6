import { FlagError } from '@flagwright/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defineGates, type Gates, type Layer, layer, liveGates } from '../index.ts';
import { loadGates } from '../load/index.ts';
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
      'no flag against another, and no variable against the command line',
      'MultiRegion',
      [layer('flag', { MultiRegion: false }, '--feature-disable')],
      'feature gate MultiRegion is not enabled: set by --feature-disable. Take MultiRegion out of --feature-disable, ' +
        'and enable it with --feature-gates=MultiRegion=true',
    ],
    [
      'the flag beside AllAlpha, which is weaker, and still no variable',
      'MultiRegion',
      [layer('flag', { AllAlpha: false }, '--feature-gates')],
      'feature gate MultiRegion is not enabled: AllAlpha=false, set by --feature-gates. Enable it with --feature-gates=MultiRegion=true',
    ],
    [
      'no variable against another one',
      'MultiRegion',
      [layer('env', { 'feature.MultiRegion': false }, 'ZARF_FEATURE_GATES')],
      'feature gate MultiRegion is not enabled: set by ZARF_FEATURE_GATES. Enable it with --feature-gates=MultiRegion=true',
    ],
    [
      'the variable itself with another value',
      'MultiRegion',
      [layer('env', { MultiRegion: false }, 'ZARF_FEATURE_MULTI_REGION')],
      'feature gate MultiRegion is not enabled: set by ZARF_FEATURE_MULTI_REGION. Enable it with --feature-gates=MultiRegion=true, or ZARF_FEATURE_MULTI_REGION=true',
    ],
    [
      'of a gate that is open, that it is',
      'Sites',
      [layer('flag', { Sites: true, MultiRegion: true }, '--feature-enable')],
      'feature gate Sites is enabled: set by --feature-enable',
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

describe('whoever follows the hint', () => {
  const where = fc.constantFrom(
    '--feature-gates',
    '--features',
    '--feature-disable',
    'ZARF_FEATURE_GATES',
    'ZARF_FEATURES',
    'ZARF_FEATURE_DISABLE',
    'ZARF_FEATURE_MULTI_REGION',
    'ZARF_FEATURE_SITES',
    'KUBE_FEATURE_MultiRegion',
  );
  const setting = fc.record({ where, gate: fc.constantFrom('MultiRegion', 'Sites', 'AllAlpha') });

  interface Given {
    readonly argv: readonly string[];
    readonly env: Readonly<Record<string, string>>;
  }
  /** The command line and the environment that set all these gates to false. */
  const givenOf = (settings: readonly { readonly where: string; readonly gate: string }[]): Given => {
    const argv: string[] = [];
    const env: Record<string, string> = {};
    for (const { where, gate } of settings) {
      const text = where.endsWith('isable') || where.endsWith('DISABLE') ? gate : `${gate}=false`;
      if (where.startsWith('--')) argv.push(`${where}=${text}`);
      else if (/MULTI|SITES|KUBE/.test(where)) env[where.replace('KUBE', 'ZARF')] = 'false';
      else env[where] = env[where] === undefined ? text : `${env[where]},${text}`;
    }
    return { argv, env };
  };
  const load = ({ argv, env }: Given): Promise<Gates<'MultiRegion' | 'Sites' | 'axolotl-mode'>> =>
    loadGates(gates as unknown as Gates<'MultiRegion' | 'Sites' | 'axolotl-mode'>, { argv, env }).then(
      (loaded) => loaded.gates,
    );

  it('has the gate open, by either way it offers', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(setting, { maxLength: 4 }),
        fc.constantFrom('MultiRegion', 'Sites'),
        async (set, name) => {
          const hint = enableHint(await load(givenOf(set)), name as 'Sites');
          const taken = [...hint.matchAll(/(\S+) out of (--[\w-]+)/g)].map(([, gate, where]) => `${gate} ${where}`);
          const { argv, env } = givenOf(set.filter(({ gate, where }) => !taken.includes(`${gate} ${where}`)));
          const flag = /enable it with (\S+?)(?:,? or |, |$)/i.exec(hint)![1]!.replace(/,$/, '');
          expect((await load({ argv: [...argv, flag], env })).enabled(name as 'Sites')).toBe(true);
          const variables = hint.match(/ZARF_\w+=true/g) ?? [];
          const more = Object.fromEntries(variables.map((variable) => variable.split('=')));
          if (variables.length > 0) {
            expect((await load({ argv, env: { ...env, ...more } })).enabled(name as 'Sites')).toBe(true);
          }
        },
      ),
      { numRuns: 300 },
    );
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
