import { compileShape, type Issue, type Shape } from '@flagwright/core';
import type { Kind } from '../resources/resource.ts';
import { DEFINITIONS, manifestSchema } from '../schema/definitions.ts';

const shapes = new Map<Kind, Shape>();

/** What is wrong with the form of a manifest of a kind, and doubtful, each with its path. What it means is not looked at. */
export function manifestIssues(kind: Kind, manifest: unknown): readonly Issue[] {
  let shape = shapes.get(kind);
  if (shape === undefined) {
    shape = compileShape({ definitions: { ...DEFINITIONS, manifest: manifestSchema(kind) } }).named('manifest');
    shapes.set(kind, shape);
  }
  const issues: Issue[] = [];
  shape(manifest, [], (issue) => {
    issues.push(issue);
  });
  return issues;
}
