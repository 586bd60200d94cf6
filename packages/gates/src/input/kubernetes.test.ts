import { describe, expect, it } from 'vitest';
import { thrownBy } from '../../test/thrown.ts';
import { defineGates } from '../gates.ts';
import { gatesFromArgs } from './args.ts';

// What the tests of Kubernetes' component-base say of --feature-gates, written anew.

const ABOUT = { owner: '@platform', description: 'For tests.', since: '1.0.0' } as const;
const gates = defineGates(
  { program: 'kube', version: '1.34.0', onWarning: () => {} },
  {
    TestAlpha: { ...ABOUT, stage: 'alpha', default: false },
    TestBeta: { ...ABOUT, stage: 'beta', default: false },
    TestGA: { ...ABOUT, stage: 'ga', default: false },
    TestLockedTrue: { ...ABOUT, stage: 'ga', locked: true },
    TestLockedFalse: { ...ABOUT, stage: 'ga', default: false, locked: true },
  },
);

/** Sets gates by command lines one after another, each in the place of the one before, as one process would be started again. */
const set = (...words: string[]) => gates.with(gatesFromArgs(words).layer);
const flag = (list: string) => set(`--feature-gates=${list}`);

describe('--feature-gates', () => {
  it.each<[list: string, alpha: boolean, beta: boolean]>([
    ['', false, false],
    [' ', false, false],
    [',', false, false],
    ['TestAlpha=true', true, false],
    ['TestAlpha=true,TestBeta=true', true, true],
    [' TestAlpha = true , TestBeta = false ', true, false],
    ['AllAlpha=false', false, false],
    ['AllAlpha=true', true, false],
    ['AllAlpha=false,TestAlpha=true', true, false],
    ['TestAlpha=true,AllAlpha=false', true, false],
    ['AllAlpha=true,TestAlpha=false', false, false],
    ['TestAlpha=false,AllAlpha=true', false, false],
    ['TestBeta=true,AllAlpha=false', false, true],
    ['TestBeta=false,AllAlpha=true', true, false],
    ['AllBeta=false', false, false],
    ['AllBeta=true', false, true],
    ['AllBeta=false,TestBeta=true', false, true],
    ['TestBeta=true,AllBeta=false', false, true],
    ['AllBeta=true,TestBeta=false', false, false],
    ['TestBeta=false,AllBeta=true', false, false],
    ['TestAlpha=true,AllBeta=false', true, false],
    ['AllAlpha=true,AllBeta=true', true, true],
    ['AllBeta=true,AllAlpha=true', true, true],
    ['AllAlpha=true,AllBeta=true,TestAlpha=false,TestBeta=false', false, false],
    ['TestLockedTrue=true,TestLockedFalse=false', false, false],
    ['feature.TestAlpha=true', true, false],
  ])('%j', (list, alpha, beta) => {
    const after = flag(list);
    expect([after.enabled('TestAlpha'), after.enabled('TestBeta')]).toEqual([alpha, beta]);
    // neither of the two touches what is generally available
    expect([after.enabled('TestGA'), after.enabled('TestLockedTrue'), after.enabled('TestLockedFalse')]).toEqual([
      false,
      true,
      false,
    ]);
  });

  it.each([
    ['TestAlpha', 'missing bool value for TestAlpha'],
    ['AllAlpha=banana', 'invalid value of AllAlpha=banana, err: strconv.ParseBool: parsing "banana": invalid syntax'],
    ['AllBeta=banana', 'invalid value of AllBeta=banana, err: strconv.ParseBool: parsing "banana": invalid syntax'],
    ['fooBarBaz=true', 'unrecognized feature gate: fooBarBaz'],
    ['TestInvaild=true', 'unrecognized feature gate: TestInvaild'],
    ['testalpha=true', 'unrecognized feature gate: testalpha'],
    ['TestLockedTrue=false', 'cannot set feature gate TestLockedTrue to false, feature is locked to true'],
    ['TestLockedFalse=true', 'cannot set feature gate TestLockedFalse to true, feature is locked to false'],
  ])('%j: %s', (list, message) => {
    const error = thrownBy(() => flag(list));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.issues.map((issue) => issue.message)).toEqual([`${message} (set by --feature-gates)`]);
  });

  it('accumulates', () => {
    const after = set('--feature-gates=TestAlpha=true', '--feature-gates', 'TestBeta=true', '--feature-gates=');
    expect([after.enabled('TestAlpha'), after.enabled('TestBeta')]).toEqual([true, true]);
  });

  it('may say the same twice, but not two things', () => {
    expect(set('--feature-gates=TestAlpha=true', '--feature-gates=TestAlpha=true').enabled('TestAlpha')).toBe(true);
    const error = thrownBy(() => set('--feature-gates=TestAlpha=true,TestAlpha=false'));
    expect(error.issues).toMatchObject([{ code: 'on-and-off', path: ['flag', 'TestAlpha'] }]);
    const all = thrownBy(() => set('--feature-gates=AllAlpha=true', '--feature-disable=AllAlpha'));
    expect(all.issues).toMatchObject([{ code: 'on-and-off', path: ['flag', 'AllAlpha'] }]);
  });

  it('is not sticky: what AllAlpha switched on goes with it', () => {
    const on = flag('AllAlpha=true');
    expect(on.enabled('TestAlpha')).toBe(true);
    expect(on.with(gatesFromArgs(['--feature-gates=AllAlpha=false']).layer).enabled('TestAlpha')).toBe(false);
    expect(on.with(gatesFromArgs([]).layer).enabled('TestAlpha')).toBe(false);
  });

  it('is not poisoned: what is good after something bad is good', () => {
    for (const bad of ['TestAlpha=banana', 'TestInvalid=true', 'TestLockedTrue=false']) {
      expect(thrownBy(() => flag(bad)).code).toBe('INVALID_ARGUMENT');
      expect(flag('TestAlpha=true').enabled('TestAlpha')).toBe(true);
    }
  });
});
