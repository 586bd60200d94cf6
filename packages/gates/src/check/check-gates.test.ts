import { join } from 'node:path';
import { formatIssue } from '@flagwright/core';
import { describe, expect, it } from 'vitest';
import { alpha, check, folder, freshFolder, milo, plant, shown } from '../../test/source-tree.ts';
import { checkGates } from './index.ts';

freshFolder();

const FEATURES = `import { defineGates } from '@flagwright/gates';
export const gates = defineGates({ program: 'milo', version: '0.5.0' }, {
  A: { stage: 'alpha' },
  B: { stage: 'alpha' },
});
`;

const PARSE = `import { parseGatedArgs, openArgs } from '@flagwright/gates/parse-args';`;

describe('uses of a gate', () => {
  it.each([
    ['a method of gates', `gates.enabled('A')`],
    ['a field', `this.featureGates.isEnabled('A')`],
    ['a field by name', `app['gates'].enabled("A")`],
    ['a state', `if (gates.state('A').enabled) run()`],
    ['a template', 'gates?.enabled(`A`)'],
    ['either of two', `gates.enabled(old ? 'B' : 'A')`],
    ['one or the other', `gates.enabled(given ?? 'A')`],
    ['types around', `(gates as Gates)!.enabled('A' as const satisfies string)`],
    ['what is awaited', `(await loadGates()).enabled('A')`],
    ['what was laid over', `gates.with(layer).without('env').enabled('A')`],
    ['a holder', `import { liveGates } from '@flagwright/gates'; const live = liveGates(g); live.current.enabled('A')`],
    [
      'a holder within',
      `import { liveGates as hold } from '@flagwright/gates'; async function main() { const it = await hold(g); return it.enabled('A'); }`,
    ],
    ['a parameter', `function f(on: LiveGates<'A'>) { return on.enabled('A') }`],
    [
      'a field that has a type',
      `class C { constructor(private readonly on: Gates) {} f() { return this.on.enabled('A') } }`,
    ],
    ['a field of a class', `class C { on: FeatureApi; f() { return this.on.enabled('A') } }`],
    ['a function', `import { isEnabled } from '@flagwright/gates/api'; isEnabled('A')`],
    ['a renamed one', `import { isEnabled as on } from '@flagwright/gates/api'; on('A')`],
    ['a module that is required', `const feature = require('@flagwright/gates/api'); feature.isEnabled('A')`],
    ['what is required of one', `const { isEnabled: on } = require('@flagwright/gates/api'); on('A')`],
    ['what is imported late', `const { isEnabled: on } = await import('@flagwright/gates/api'); on('A')`],
    ['a mixin that is passed on', `import { gated } from './base.js'; class Dns extends gated(Base, { name: 'A' }) {}`],
    ['a module', `import * as feature from '@flagwright/gates/api'; feature.isEnabled('A')`],
    [
      'an API',
      `import { createFeatures } from '@flagwright/gates/api'; const feature = createFeatures(gates); feature.state('A')`,
    ],
    ['a method taken out', `const { enabled: on } = gates; on('A')`],
    ['a constant', `const EventsProxy = 'A'; gates.enabled(EventsProxy)`],
    ['a constant among others', `const Names = { Events: 'A', Other: 'B' } as const; gates.enabled(Names.Events)`],
    ['a member of an enum', `enum Names { Events = 'A', Other = 'B', Number = 1 } gates.enabled(Names.Events)`],
    ['a frozen one', `const Names = Object.freeze({ Events: 'A' }); gates.enabled(Names['Events'])`],
    ['a requirement', `import { requireGate } from '@flagwright/gates'; requireGate(gates, 'A', 'no')`],
    [
      'an option of commander',
      `import { gateOption } from '@flagwright/gates/commander'; gateOption(c, o, { gates, gate: 'A' })`,
    ],
    [
      'choices',
      `import { gateChoices } from '@flagwright/gates/commander'; gateChoices(o, ['r'], { gates, by: { r: 'A' } })`,
    ],
    [
      'a map of choices',
      `import { gateChoices } from '@flagwright/gates/commander'; const ROLE_GATES = { r: 'A' }; gateChoices(o, ['r'], { gates, by: ROLE_GATES })`,
    ],
    ['an option of parseArgs', `${PARSE} parseGatedArgs(config, { gates, options: { token: 'A' } })`],
    ['a command of parseArgs', `${PARSE} openArgs({ gates, commands: { 'cluster add-region': 'A' } })`],
    [
      'a choice of parseArgs',
      `${PARSE} parseGatedArgs(config, { gates, choices: { role: { values, by: { r: 'A' } } } })`,
    ],
    [
      'a table of parseArgs',
      `${PARSE} const by = { r: 'A' }; const gating = { gates, choices: { role: { by } } }; openArgs(gating)`,
    ],
    ['a feature', `import { gated } from '@flagwright/gates'; class Dns extends gated(Base, { name: 'A' }) {}`],
    ['a key', `f({ gateKey: 'feature.A' })`],
    ['the list of a controller', `const c = { requiredFeatureGates: ['A'], start() {} }`],
    ['a flag', `client.getBooleanValue('feature.A', false)`],
    ['JSX', `const x = <Gated gate="A"><b/></Gated>`],
    ['JSX in braces', `const x = <Gated gate={'A'}/>`],
  ])('are found: %s', async (_, code) => {
    const file = code.includes('<Gated') ? 'src/a.tsx' : 'src/a.ts';
    expect(await check(['A'], { [file]: code })).toMatchObject({
      // B is not declared, and some of these are sure to ask for it
      issues: code.includes("'B' : ") ? [expect.stringContaining('unknown-gate B')] : [],
      used: ['A'],
      unchecked: code.includes('given') ? [expect.stringContaining('dynamic-name')] : [],
    });
  });

  it.each([
    ['a backend', `import { gated } from '@flagwright/gates'; class Ceph extends gated(B, { backendType: 'ceph' }) {}`],
    ['a key', `gates.enabled('feature.storage.ceph')`],
  ])('are found by both spellings: %s', async (_, code) => {
    expect(await check(['storage.ceph'], { 'src/a.ts': code })).toMatchObject({ issues: [], used: ['storage.ceph'] });
  });

  it.each(['a.ts', 'a.mts', 'a.cts', 'a.tsx', 'a.js', 'a.mjs', 'a.cjs', 'a.jsx'])('are found in %s', async (name) => {
    const code = name.endsWith('.cts') || name.endsWith('.cjs') ? `const x = require('x');` : `import x from 'x';`;
    expect(await check(['A'], { [`src/deep/er/${name}`]: `${code}\ngates.enabled('A')` })).toMatchObject({
      used: ['A'],
    });
  });

  it('are found by constants and gates of other files', async () => {
    const tree = {
      'src/names.ts': `export const EventsProxy = 'A'; export const Names = { B: 'B' } as const; export enum E { B = 'B' }`,
      'src/index.ts': `export * from './names.js'; export { on as flags } from './held.js'; export * as all from './names';`,
      'src/held.ts': `import { gates } from './features.ts'; export const on = gates.with(x);`,
      'src/features.ts': FEATURES,
      'src/a.ts': `import { EventsProxy, Names as N, flags, all, E } from './index.js';
        import * as names from './names.js';
        flags.enabled(EventsProxy); flags.enabled(N.B); gates.enabled(E.B); flags.enabled(names.EventsProxy); flags.enabled('C');`,
    };
    const { issues, unchecked, used } = await check(['A', 'B'], tree);
    expect({ issues, unchecked, used }).toEqual({
      issues: ['src/a.ts:3:125 unknown-gate C'],
      unchecked: [],
      used: ['A', 'B'],
    });
  });

  it('are found by gates that a file exports as its default', async () => {
    const tree = {
      'src/features.ts': FEATURES.replace('export const gates =', 'export default'),
      'src/a.ts': `import flags from './features.js'; flags.enabled('A'); flags.enabled('C')`,
    };
    expect((await check(['A'], tree)).issues).toEqual(['src/a.ts:1:70 unknown-gate C']);
  });

  it('are counted with their places', async () => {
    plant({ 'src/a.ts': `\n  gates.enabled('A');\n// é🚀\n/* 🚀 */ gates.enabled('A')` });
    const { uses } = await checkGates({ gates: milo({ A: alpha }), roots: [join(folder, 'src')] });
    expect(uses.get('A')!.map(({ line, column }) => [line, column])).toEqual([
      [2, 17],
      [4, 24],
    ]);
  });
});

describe('names that are not declared', () => {
  it.each([
    ['of gates', `gates.enabled('Evnets')`, 'src/a.ts:1:15 unknown-gate Evnets'],
    ['of a state', `gates.state('Evnets')`],
    ['of a holder', `import { liveGates } from '@flagwright/gates'; const live = liveGates(x); live.enabled('Evnets')`],
    ['of what a holder holds', `import { liveGates } from '@flagwright/gates'; liveGates(x).current.enabled('Evnets')`],
    ['of what was laid over', `gates.with(layer).without('env').enabled('Evnets')`],
    ['of what is awaited', `(await loadGates()).enabled('Evnets')`],
    ['of what a method gives', `this.currentGates().enabled('Evnets')`],
    ['of a parameter', `function f(on: LiveGates<'A'>) { return on.enabled('Evnets') }`],
    [
      'of a field that has a type',
      `class C { constructor(private on: Gates) {} f() { return this.on.enabled('Evnets') } }`,
    ],
    ['of a field of a class', `class C { on: FeatureApi; f() { return this.on.enabled('Evnets') } }`],
    ['of a method taken out', `const { enabled: on } = gates; on('Evnets')`],
    ['of a requirement', `import { requireGate } from '@flagwright/gates'; requireGate(x, 'Evnets')`],
    ['of a hint', `import * as g from '@flagwright/gates'; g.enableHint(x, 'feature.Evnets')`],
    [
      'of a backend',
      `import { gated } from '@flagwright/gates'; gated(Base, { name: 'x', backendType: 'Evnets' })`,
      'unknown-gate storage.Evnets',
    ],
    ['of an API', `import { isEnabled } from '@flagwright/gates/api'; isEnabled('Evnets')`],
    [
      'of an option',
      `import { gateOption } from '@flagwright/gates/commander'; gateOption(c, o, { gates, gate: 'Evnets' })`,
    ],
    [
      'of a choice',
      `import { gateChoices } from '@flagwright/gates/commander'; gateChoices(o, [], { gates, by: { r: 'Evnets' } })`,
    ],
    ['of an option of parseArgs', `${PARSE} parseGatedArgs(config, { gates, options: { token: 'Evnets' } })`],
    ['of a key', `f({ gateKey: 'feature.Evnets' })`],
    ['of a controller', `const c = { requiredFeatureGates: ['Events', 'Evnets'] }`],
    ['of a constant', `const NAME = 'Evnets'; gates.enabled(NAME)`],
    ['of a feature', `import { gated } from '@flagwright/gates'; class Dns extends gated(Base, { name: 'Evnets' }) {}`],
    ['of a function of your own', `whenEnabled('Evnets', run)`],
    ['of a method of your own', `this.when('Evnets')`],
    ['of a name of your own', `toggles.enabled('Evnets')`],
  ])('are told: %s', async (_, code, exact = 'unknown-gate Evnets') => {
    const options = { used: ['Events'], calls: ['whenEnabled', 'when'], receivers: ['toggles'] };
    const { issues } = await check(['Events'], { 'src/a.ts': code }, options);
    expect(issues).toEqual([expect.stringContaining(exact)]);
  });

  it('come with a suggestion, a hundred of them', async () => {
    const wrong = Array.from({ length: 150 }, (_, i) => `gates.enabled('Evnets${i}');`).join('');
    plant({ 'src/a.ts': wrong });
    const gates = milo(Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`Events${i}`, alpha])));
    const { issues } = await checkGates({ gates, roots: [join(folder, 'src')], used: gates.list().map((g) => g.name) });
    expect(issues).toHaveLength(150);
    expect(issues.filter(({ hint }) => hint !== undefined)).toHaveLength(100);
  });

  it('come with a suggestion', async () => {
    plant({ 'src/a.ts': `gates.enabled('Evnets'); gates.enabled('events-proxy'); gates.enabled('Something')` });
    const gates = milo({ Events: alpha, EventsProxy: alpha });
    const { issues } = await checkGates({ gates, roots: [join(folder, 'src')], used: ['Events', 'EventsProxy'] });
    expect(issues.map(({ hint }) => hint)).toEqual(['did you mean Events?', 'did you mean EventsProxy?', undefined]);
    expect(formatIssue(issues[0]!)).toMatch(
      /src\/a\.ts:1:15 error Evnets: enabled\(…\) asks for a feature gate that milo does not declare\. Hint: did you mean Events\?$/,
    );
  });

  it.each([
    ['another logger', `logger.enabled('debug')`],
    ['another client', `unleash.isEnabled('debug')`],
    ['what ends alike', `aggregates.enabled('debug')`],
    ['a function of somebody else', `import { isEnabled } from 'debug'; isEnabled('debug')`],
    ['a function of another file', `import { isEnabled } from './debug.js'; isEnabled('debug')`],
    ['another API', `gates.get('debug'); gates.has('debug'); store.state('debug')`],
    ['gates of an airport', `board({ flight: 'LH1', gate: 'A12' })`],
    ['a key that is none', `f({ gateKey: 'debug' })`],
    ['a list that is taken apart', `const run = ({ requiredFeatureGates, start }) => start(requiredFeatureGates)`],
    ['gates of a plane', `board({ gate: ['A12', 'A13'] })`],
    ['another mixin', `import { gated } from 'community'; gated(Base, { name: 'debug', backendType })`],
    ['another key', `i18n('feature.debug.title')`],
    ['a table of parseArgs', `${PARSE} parseGatedArgs({ options: { token, role: { type: 'string' } } }, { gates })`],
    ['a type', `import type { Gates } from '@flagwright/gates'; interface Board { gate: 'A12' }`],
    ['text', `const text = "gates.enabled('debug')"; // gates.enabled('debug')`],
  ])('are none of our business: %s', async (_, code) => {
    expect(await check([], { 'src/a.ts': code, 'src/debug.ts': 'export const isEnabled = (x) => true' })).toMatchObject(
      {
        issues: [],
        unchecked: [],
      },
    );
  });
});

describe('names that are worked out', () => {
  it.each([
    ['a variable', `gates.enabled(name)`],
    ['a parameter', `function on(name) { return gates.enabled(name); }`],
    ['a call', `gates.enabled(nameOf(x))`],
    ['text put together', `gates.enabled(\`storage.\${type}\`)`],
    ['half a choice', `gates.enabled(x ? 'A' : y)`],
    ['a constant that a parameter hides', `const name = 'A'; const on = (name) => gates.enabled(name);`],
    ['a constant of another package', `import { NAME } from 'names'; gates.enabled(NAME)`],
    ['an unknown member', `const Names = { A: 'A' }; gates.enabled(Names.B)`],
  ])('are told apart: %s', async (_, code) => {
    const { issues, unchecked } = await check(['A'], { 'src/a.ts': code }, { used: ['A'] });
    expect(issues).toEqual([]);
    expect(unchecked).toEqual([expect.stringContaining('dynamic-name enabled(…)')]);
  });

  it('are nothing where it is not about gates', async () => {
    expect(await check([], { 'src/a.ts': `logger.enabled(level); board({ gate }); isEnabled(x)` })).toMatchObject({
      unchecked: [],
    });
  });
});

describe('what is declared', () => {
  it('and used nowhere is told where it stands', async () => {
    const tree = { 'src/features.ts': FEATURES, 'src/a.ts': `gates.enabled('A')` };
    expect((await check(['A', 'B'], tree)).issues).toEqual(['src/features.ts:4:3 unused-gate B']);
    expect((await check(['A', 'B'], tree, { used: ['feature.B'] })).issues).toEqual([]);
  });

  it('in a constant is found, too', async () => {
    const features = `import * as g from '@flagwright/gates';\nconst all = {\n  'A': {} } as const;\nexport default g.defineGates({}, all)`;
    expect((await check(['A'], { 'src/features.ts': features })).issues).toEqual(['src/features.ts:3:3 unused-gate A']);
  });

  it('in another file is told by where it is used, or by its name alone', async () => {
    const features = `import { defineGates } from '@flagwright/gates'; import { all } from './all.js';
      export const gates = defineGates({}, all); export const none = defineGates();`;
    expect((await check(['A'], { 'src/features.ts': features })).issues).toEqual(['unused-gate A']);
  });

  it('and required by another is used', async () => {
    const gates = milo({ A: alpha, B: { ...alpha, requires: ['A'] } });
    expect((await check(gates, { 'src/a.ts': `gates.enabled('B')` })).issues).toEqual([]);
  });

  it('and past its until is told, used or not', async () => {
    const old = { ...alpha, stage: 'deprecated', default: true, until: '0.5' } as const;
    const gates = milo({ A: old, B: { ...old, replacement: 'A' }, C: { ...old, until: '0.6' } });
    plant({ 'src/a.ts': `gates.enabled('A')\ngates.enabled('A') && gates.enabled('C')` });
    const { issues } = await checkGates({ gates, roots: [join(folder, 'src')] });
    expect(issues.map(shown)).toEqual(['overdue-gate B', 'src/a.ts:1:15 overdue-gate A']);
    expect(issues.map(({ message }) => message)).toEqual([
      'the gate was to be removed in 0.5, and this is milo 0.5.0; it is used nowhere',
      'the gate was to be removed in 0.5, and this is milo 0.5.0; it is used in 2 places',
    ]);
    expect(issues[0]!.hint).toBe('use A instead');
  });

  it('and removed is told if it is used, and may stay', async () => {
    const gone = { ...alpha, stage: 'removed', default: true, until: '0.4' } as const;
    plant({ 'src/a.ts': `gates.enabled('A')` });
    const { issues } = await checkGates({ gates: milo({ A: gone, B: gone }), roots: [join(folder, 'src')] });
    expect(issues.map(({ severity, code, path }) => [severity, code, path[0]])).toEqual([
      ['warning', 'removed-gate', 'A'],
    ]);
  });
});
