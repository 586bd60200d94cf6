import { describe, expect, it } from 'vitest';
import { check, freshFolder } from '../../test/source-tree.ts';

freshFolder();

// Each asks for A, which is declared, and for Typo, which is not: both must be seen.
describe('names are seen', () => {
  it.each([
    ['a key in JSX', 'x = <b><Gated gateKey="feature.A"/><Gated gateKey="feature.Typo"/></b>'],
    ['a list in JSX', `x = <Controller requiredFeatureGates={['A', 'Typo']}/>`],
    ['a list of a class', `class C { requiredFeatureGates = ['A', 'Typo'] as const }`],
    ['a list of a class itself', `class C { static readonly requiredFeatureGates = ['A', 'Typo'] }`],
    ['a list of an accessor', `class C { accessor requiredFeatureGates = ['A', 'Typo'] }`],
    ['a getter of a class', `class C { get requiredFeatureGates() { if (x) return ['A']; return ['Typo'] } }`],
    ['a getter of an object', `x = { get requiredFeatureGates() { return ['A', 'Typo'] } }`],
    ['a list by name', `const L = ['A', 'Typo']; x = { requiredFeatureGates: L }`],
    ['a list in a list', `const L = ['A', 'Typo']; x = { requiredFeatureGates: [...L] }`],
    ['a list by its own name', `const requiredFeatureGates = ['A', 'Typo']; x = { requiredFeatureGates }`],
    ['a key of a class', `class C { gateKey = 'feature.A' } class D { gateKey = 'feature.Typo' }`],
    ['a key by name', `const K = 'feature.A', L = 'feature.Typo'; f({ gateKey: K }, { gateKey: L })`],
  ])('in properties: %s', async (_, code) => {
    expect(await check(['A'], { 'src/a.tsx': `gate; ${code}` })).toMatchObject({
      issues: [expect.stringContaining('unknown-gate Typo')],
      used: ['A'],
      unchecked: [],
    });
  });

  const ours = `from '@flagwright/gates'`;
  const asks = `t.enabled('A'); t.enabled('Typo')`;
  it.each([
    ['gates taken out under another name', `const { gates: t } = await load(x); ${asks}`],
    ['gates of a parameter', `function f({ gates: t = other }) { ${asks} }`],
    ['gates imported under another name', `import { gates as t } from '#features'; ${asks}`],
    ['a union', `function f(t: Gates | undefined) { ${asks} }`],
    ['what may be left out', `function f(t?: Readonly<Gates>) { ${asks} }`],
    ['a promise', `async function f(p: Promise<Gates>) { const { enabled } = await p; enabled('A'); enabled('Typo') }`],
    ['a renamed type', `import type { LiveGates as Live } ${ours}; function f(t: Live) { ${asks} }`],
    ['a renamed type among values', `import { type LiveGates as Live } ${ours}; function f(t: Live) { ${asks} }`],
    ['types of a module', `import type * as FG ${ours}; function f(t: FG.Gates) { ${asks} }`],
    ['a type of a module', `function f(t: import('@flagwright/gates').Gates) { ${asks} }`],
    ['a private field', `class C { #t: Gates; f() { this.#t.enabled('A'); this.#t.enabled('Typo') } }`],
    [
      'a private field by its name',
      `class C { #gates; f() { this.#gates.enabled('A'); this.#gates.enabled('Typo') } }`,
    ],
    ['a getter', `class C { get t(): Gates { return x } f() { this.t.enabled('A'); this.t.enabled('Typo') } }`],
    [
      'a field of a parameter',
      `interface D { t: Gates } const f = (d: D) => { d.t.enabled('A'); d.t.enabled('Typo') }`,
    ],
    ['a field that is taken out', `interface D { t: Gates } const f = ({ t }: D) => { ${asks} }`],
    ['a method by a name', `const on = gates.enabled; on('A'); on('Typo')`],
    ['a method that is bound', `const on = gates.enabled.bind(gates); on('A'); on('Typo')`],
    ['a call of a method', `gates.enabled.call(gates, 'A'); gates.enabled.apply(gates, ['Typo'])`],
    ['a name that is bound', `f(gates.isEnabled.bind(gates, 'A'), gates.isEnabled.bind(gates, 'Typo'))`],
  ])('of gates: %s', async (_, code) => {
    expect(await check(['A'], { 'src/a.ts': code })).toMatchObject({
      issues: [expect.stringContaining('unknown-gate Typo')],
      used: ['A'],
      unchecked: [],
    });
  });

  it('in templates', async () => {
    const code = 'client.getBooleanValue(`feature.A`)';
    expect(await check(['A'], { 'src/a.ts': code })).toMatchObject({ issues: [], used: ['A'] });
  });
});

describe('where names are not to be seen is told', () => {
  it.each([
    ['a method that is handed on', `names.filter(gates.enabled)`, 'enabled'],
    ['one of a module', `import * as api from '@flagwright/gates/api'; f(api.isEnabled)`, 'isEnabled'],
    [
      'a list of another file',
      `import { L } from './b.js'; x = { requiredFeatureGates: L }`,
      'requiredFeatureGates: …',
    ],
    ['a list that is made', `class C { requiredFeatureGates = listOf(x) }`, 'requiredFeatureGates: …'],
    ['a method', `class C { requiredFeatureGates() { return ['A'] } }`, 'requiredFeatureGates: …'],
    ['a list with another in it', `x = { requiredFeatureGates: [...listOf(x)] }`, 'requiredFeatureGates: […]'],
    ['a circle', `const L = [...L]; x = { requiredFeatureGates: L }`, 'requiredFeatureGates: […]'],
  ])('%s', async (_, code, how) => {
    expect(await check([], { 'src/a.ts': code })).toMatchObject({
      issues: [],
      unchecked: [expect.stringMatching(new RegExp(`dynamic-name ${how.replace(/[[\]]/g, '\\$&')}$`))],
    });
  });

  it.each([
    ['a setter', `class C { set requiredFeatureGates(x) {} }`],
    ['a list that is taken out', `const { requiredFeatureGates } = x; ({ requiredFeatureGates: y.z } = x)`],
    ['a field without a value', `class C { requiredFeatureGates?: readonly string[] }`],
    ['a method of another', `names.filter(logger.enabled); const on = logger.enabled; on('debug')`],
    ['a type of another module', `import type * as air from 'air'; const f = (t: air.Gates) => t.enabled('debug')`],
    ['a call of another', `logger.enabled.call(logger, 'debug')`],
    ['a function within a getter', `x = { get requiredFeatureGates() { f(() => { return ['A'] }); return [] } }`],
  ])('but nothing of %s', async (_, code) => {
    expect(await check([], { 'src/a.ts': code })).toMatchObject({ issues: [], unchecked: [] });
  });
});
