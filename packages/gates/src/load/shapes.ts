import { booleanOf, type Issue, type Path, preview } from '@flagwright/core';
import { notBoolean, shortened, type Wording } from '../input/boolean.ts';
import type { GateSpelling } from '../input/flags.ts';
import { readGateNames } from '../input/list.ts';
import type { Reading } from '../input/reading.ts';
import type { GateSetting } from '../layer.ts';
import { KEY_PREFIX } from '../names.ts';
import { type GateDocument, isMap } from './document.ts';
import { flatten, type Leaf } from './feature-tree.ts';

/** The parts of a file that set gates. */
export type GateShape = GateSpelling | 'feature';

/** Where each part stands; of the longer names any of the usual ways to write them. */
const KEYS: Readonly<Record<GateShape, readonly string[]>> = {
  features: ['features'],
  featureGates: ['featureGates', 'feature-gates', 'feature_gates'],
  feature: ['feature'],
  featureEnable: ['feature-enable', 'feature_enable', 'featureEnable'],
  featureDisable: ['feature-disable', 'feature_disable', 'featureDisable'],
};

/** The parts that are read unless a program says otherwise. */
export const SHAPES: readonly GateShape[] = Object.keys(KEYS) as GateShape[];

/** The parts of the file that is kept in step with a cluster: those that can be written there, one gate at a time. */
const LOCAL_SHAPES: readonly GateShape[] = ['features', 'feature'];

/**
 * The settings in a document, which may hold anything else besides. In a `local` one, parts that set gates are errors
 * but for `features` and `feature`: what they say would be read here, and never come to the cluster.
 */
export function readShapes(text: GateDocument, wanted: readonly GateShape[] = SHAPES, local: boolean = false): Reading {
  const { document, file, locate } = text;
  const settings: GateSetting[] = [];
  const issues: Issue[] = [];
  const wrong: Wrong = (path, code, message, expected) => {
    const place = locate(path);
    issues.push({
      severity: 'error',
      code,
      path,
      message,
      ...(expected === undefined ? {} : { expected }),
      ...(place === undefined ? {} : { place }),
    });
  };
  const set = (name: string, value: unknown, path: Path, wording: Wording): void => {
    if (value === null || value === undefined) return;
    const enabled = typeof value === 'string' ? booleanOf(value) : value;
    if (typeof enabled === 'boolean') settings.push({ name, enabled, from: file, place: locate(path) });
    else wrong(path, 'not-a-boolean', notBoolean(name, value, wording), 'true or false');
  };
  const setNames = (names: string, enabled: boolean, path: Path): void => {
    const read = readGateNames(names, enabled, file);
    const place = locate(path);
    settings.push(...read.settings.map((setting) => ({ ...setting, place })));
    for (const { code, message } of read.issues) wrong(path, code, message);
  };

  if (!isMap(document)) {
    wrong(
      [],
      'wrong-type',
      `the document is ${Array.isArray(document) ? 'a list' : `a ${typeof document}`}`,
      'a map, as features: { name: true }',
    );
    return { settings, issues };
  }
  const trees: Leaf[] = [];
  const shapes = wanted.filter((shape) => !local || LOCAL_SHAPES.includes(shape));
  for (const key of wanted.flatMap((shape) => (shapes.includes(shape) ? [] : KEYS[shape]))) {
    if (document[key] === null || document[key] === undefined) continue;
    const message = `${key} sets no gates in a file that is kept in step with a cluster`;
    wrong([key], 'not-in-local-file', message, 'features: { name: true }, or feature: with nested names');
  }
  for (const shape of shapes) {
    for (const key of KEYS[shape]) {
      const value = document[key];
      if (value === null || value === undefined) continue;
      if (shape === 'featureEnable' || shape === 'featureDisable') {
        for (const [path, names] of textsOf(value, [key], wrong)) setNames(names, shape === 'featureEnable', path);
      } else if (!isMap(value)) {
        wrong([key], 'wrong-type', `${key} is ${preview(value)}`, 'a map of names to true or false');
      } else if (shape === 'feature') {
        trees.push({ name: '', value, path: [key] });
      } else {
        for (const [name, given] of Object.entries(value)) {
          const path = [key, name];
          if (shape === 'featureGates') set(name, given, path, 'kubernetes');
          else if (!isMap(given)) set(name, given, path, 'zarf');
          else if (Object.hasOwn(given, 'enabled')) set(name, given.enabled, [...path, 'enabled'], 'zarf');
          else wrong(path, 'no-enabled', `${key}.${shortened(name)} does not say enabled`, NESTED);
        }
      }
    }
  }
  if (shapes.includes('feature')) trees.push(...dottedKeys(document));
  const { leaves, issues: clashes } = flatten(trees, text);
  issues.push(...clashes);
  for (const { name, value, path } of leaves) set(name, value, path, 'kubernetes');
  return { settings, issues };
}

type Wrong = (path: Path, code: string, message: string, expected?: string) => void;

const NESTED = 'true, false, or { enabled: true }; names with dots are nested under feature:, not features:';

/** Keys of the document itself as stores and snaps have them: `feature.storage.ceph`. */
function dottedKeys(document: Readonly<Record<string, unknown>>): readonly Leaf[] {
  return Object.entries(document)
    .filter(([key]) => key.startsWith(KEY_PREFIX))
    .map(([key, value]) => ({ name: key.slice(KEY_PREFIX.length), value, path: [key] }));
}

/** A list of names, or a text with commas. */
function textsOf(value: unknown, path: Path, wrong: Wrong): readonly (readonly [Path, string])[] {
  if (typeof value === 'string') return [[path, value]];
  if (!Array.isArray(value)) {
    wrong(path, 'wrong-type', `${path[0]} is ${preview(value)}`, 'a list of names, or a text like "A,B"');
    return [];
  }
  const texts: [Path, string][] = [];
  for (const [i, item] of (value as readonly unknown[]).entries()) {
    if (typeof item === 'string') texts.push([[...path, i], item]);
    else wrong([...path, i], 'wrong-type', `${path[0]}[${i}] is ${preview(item)}`, 'the name of a gate');
  }
  return texts;
}
