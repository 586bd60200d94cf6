import type { Issue, Path } from '@flagwright/core';
import { shortened } from '../input/boolean.ts';
import { type GateDocument, isMap, placeText } from './document.ts';

/** A value under a dotted name. */
export interface Leaf {
  readonly name: string;
  readonly value: unknown;
  readonly path: Path;
}

/** Deeper maps than this are refused: no name has so many dots. */
const MOST_LEVELS = 20;

/**
 * Flattens `feature: { storage: { ceph: true } }`, and keys with dots in them, to `storage.ceph`. A name that is there
 * twice, and one that is a value as well as a map of further names, are errors: which of the two was meant would
 * depend on who reads the file. Null is no value.
 */
export function flatten(
  trees: readonly Leaf[],
  { locate }: GateDocument,
): { readonly leaves: readonly Leaf[]; readonly issues: readonly Issue[] } {
  const leaves = new Map<string, Leaf>();
  const issues: Issue[] = [];
  const wrong = (code: string, { path }: Leaf, message: string, hint: string): void => {
    const place = locate(path);
    issues.push({ severity: 'error', code, path, message, hint, ...(place === undefined ? {} : { place }) });
  };
  const visit = (leaf: Leaf, level: number): void => {
    const { name, value, path } = leaf;
    if (value === null || value === undefined) return;
    if (!isMap(value)) {
      const first = leaves.get(name);
      if (first === undefined) leaves.set(name, leaf);
      else {
        const message = `feature.${shortened(name)} is there twice, first at ${placeText(locate(first.path))}`;
        wrong('duplicate-key', leaf, message, 'remove one of the two');
      }
    } else if (level === MOST_LEVELS) {
      wrong('too-deep', leaf, `nested more than ${MOST_LEVELS} levels deep`, 'names of gates are shorter');
    } else {
      for (const [key, inner] of Object.entries(value)) {
        visit({ name: name === '' ? key : `${name}.${key}`, value: inner, path: [...path, key] }, level + 1);
      }
    }
  };
  for (const tree of trees) visit(tree, 0);
  for (const leaf of leaves.values()) {
    for (const around of prefixesOf(leaf.name)) {
      const other = leaves.get(around);
      if (other === undefined) continue;
      const message = `feature.${shortened(leaf.name)} is within feature.${shortened(around)}, which has a value at ${placeText(locate(other.path))}`;
      wrong('leaf-and-subtree', leaf, message, `remove one of the two, or set both under features: by their names`);
    }
  }
  return { leaves: [...leaves.values()], issues };
}

function prefixesOf(name: string): readonly string[] {
  const prefixes: string[] = [];
  for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) prefixes.push(name.slice(0, dot));
  return prefixes;
}
