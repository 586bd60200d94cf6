import { documentToYaml } from '@flagwright/core/text';
import fc from 'fast-check';
import { stringify } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { defineGates } from '../gates.ts';
import { gatesFromArgs } from '../input/args.ts';
import { gatesFromEnv } from '../input/env.ts';
import { envNameOf, envNamesOf } from '../input/env-names.ts';
import type { Layer } from '../layer.ts';
import { badName, fold } from '../names.ts';
import { parseGateText } from './gate-text.ts';

// Any set of gates, written in any spelling, reads back as it was.

type Values = Readonly<Record<string, boolean>>;

const word = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,5}$/);
const name = fc
  .array(word, { minLength: 1, maxLength: 3 })
  .chain((words) => fc.constantFrom('-', '_', '.', '').map((between) => words.join(between)))
  .filter((text) => badName(text) === undefined);
const values: fc.Arbitrary<Values> = fc
  .uniqueArray(fc.tuple(name, fc.boolean()), { selector: ([text]) => fold(text), maxLength: 8 })
  .map((entries) => Object.fromEntries(entries));

const ABOUT = { stage: 'alpha', owner: '@platform', description: 'For tests.', since: '1.0.0' } as const;
const gatesOf = (names: readonly string[], envPrefix?: string) =>
  defineGates(
    { program: 'zarf', version: '1.0.0', envPrefix },
    Object.fromEntries(names.map((one) => [one, ABOUT] as const)),
  );

const TRUE = ['1', 't', 'T', 'true', 'True', 'TRUE'];
const FALSE = ['0', 'f', 'F', 'false', 'False', 'FALSE'];
const blanks = ['', ' ', '\t', ' \n'];
/** Any of some texts, by a number. */
const any = (texts: readonly string[], n: number): string => texts[n % texts.length]!;

const listOf = (given: Values, n: number): string =>
  Object.entries(given)
    .map(([key, on], i) => {
      const blank = any(blanks, n + i);
      return `${blank}${key}${blank}=${blank}${any(on ? TRUE : FALSE, n + i)}${blank}`;
    })
    .join(any([',', ',,', ', ,'], n));
const namesOf = (given: Values, on: boolean, n = 0): string =>
  Object.keys(given)
    .filter((key) => given[key] === on)
    .join(any([',', ', ', ',,'], n));
const jsonOf = (given: Values, n: number): string =>
  JSON.stringify(
    Object.fromEntries(
      Object.entries(given).map(([key, on], i) => [key, (n + i) % 2 === 0 ? on : any(on ? TRUE : FALSE, n)]),
    ),
  );

/** A tree of maps, if no name is a beginning of another. */
function treeOf(given: Values): Record<string, unknown> | undefined {
  const root: Record<string, unknown> = {};
  for (const [key, on] of Object.entries(given)) {
    const steps = key.split('.');
    let at: Record<string, unknown> = root;
    for (const [i, step] of steps.entries()) {
      const last = i === steps.length - 1;
      if (last ? Object.hasOwn(at, step) : typeof at[step] === 'boolean') return undefined;
      at[step] ??= last ? on : {};
      at = at[step] as Record<string, unknown>;
    }
  }
  return root;
}

const prefixed = (given: Values): Values =>
  Object.fromEntries(Object.entries(given).map(([key, on]) => [`feature.${key}`, on]));

const documents: readonly (readonly [string, (given: Values) => Record<string, unknown> | undefined])[] = [
  ['features', (given) => ({ features: given })],
  ['features as text', (given) => ({ features: JSON.parse(jsonOf(given, 1)) as unknown })],
  [
    'features with enabled',
    (given) => ({ features: Object.fromEntries(Object.entries(given).map(([key, enabled]) => [key, { enabled }])) }),
  ],
  ['featureGates', (given) => ({ other: [1], featureGates: given })],
  ['feature, flat', (given) => (treeOf(given) === undefined ? undefined : { feature: given })],
  ['feature, nested', (given) => (treeOf(given) === undefined ? undefined : { feature: treeOf(given) })],
  ['keys with feature.', (given) => (treeOf(given) === undefined ? undefined : prefixed(given))],
  ['names with feature.', (given) => ({ features: prefixed(given) })],
  [
    'lists',
    (given) => ({ 'feature-enable': namesOf(given, true).split(','), 'feature-disable': namesOf(given, false) }),
  ],
];

type Write = (given: Values, n: number) => Layer | undefined;

const SPELLINGS: readonly (readonly [string, Write])[] = [
  ['--feature-gates=', (given, n) => gatesFromArgs([`--feature-gates=${listOf(given, n)}`]).layer],
  [
    '--feature-gates, repeated',
    (given, n) =>
      gatesFromArgs(Object.keys(given).flatMap((key) => ['--feature-gates', listOf({ [key]: given[key]! }, n)])).layer,
  ],
  ['--features', (given, n) => gatesFromArgs([`--features=${listOf(given, n)}`]).layer],
  ['--features, JSON', (given, n) => gatesFromArgs(['--features', jsonOf(given, n)]).layer],
  [
    '--feature-enable and --feature-disable',
    (given, n) =>
      gatesFromArgs([`--feature-enable=${namesOf(given, true, n)}`, `--feature-disable=${namesOf(given, false, n)}`])
        .layer,
  ],
  ...['zarf', ''].flatMap((program): readonly (readonly [string, Write])[] => {
    const prefix = program.toUpperCase();
    const read = (given: Values, env: Record<string, string>): Layer =>
      gatesFromEnv(gatesOf(Object.keys(given), prefix), env);
    const options = { program: 'zarf', version: '1.0.0', envPrefix: prefix };
    const { featureGates, features, featureEnable, featureDisable } = envNamesOf(options);
    return [
      [featureGates, (given, n) => read(given, { [featureGates]: listOf(given, n) })],
      [features, (given, n) => read(given, { [features]: jsonOf(given, n) })],
      [`${features} as a list`, (given, n) => read(given, { [features]: listOf(given, n) })],
      [
        featureEnable,
        (given, n) =>
          read(given, { [featureEnable]: namesOf(given, true, n), [featureDisable]: namesOf(given, false, n) }),
      ],
      [
        envNameOf(options, 'name'),
        (given, n) =>
          read(
            given,
            Object.fromEntries(
              Object.entries(given).map(([key, on]) => [envNameOf(options, key), any(on ? TRUE : FALSE, n)]),
            ),
          ),
      ],
    ];
  }),
  ...documents.flatMap(([what, shape]): readonly (readonly [string, Write])[] => {
    const write =
      (format: 'yaml' | 'json' | 'toml', text: (document: Record<string, unknown>) => string): Write =>
      (given) => {
        const document = shape(given);
        return document === undefined ? undefined : parseGateText(text(document), { file: `gates.${format}` });
      };
    return [
      [`YAML, ${what}`, write('yaml', (document) => documentToYaml(document as Parameters<typeof documentToYaml>[0]))],
      [`JSON, ${what}`, write('json', (document) => JSON.stringify(document))],
      [`TOML, ${what}`, write('toml', (document) => stringify(document))],
    ];
  }),
];

describe('a set of gates reads back from', () => {
  it.each(SPELLINGS)('%s', (_, write) => {
    fc.assert(
      fc.property(values, fc.nat(100), (given, n) => {
        const layer = write(given, n);
        fc.pre(layer !== undefined);
        const gates = gatesOf(Object.keys(given)).with(layer!);
        expect(Object.fromEntries(gates.list().map((state) => [state.name, state.enabled]))).toEqual(given);
        expect(gates.list().every((state) => state.layer === layer!.name)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});
