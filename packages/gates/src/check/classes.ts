import type { Place } from '@flagwright/core';
import { MIXINS } from './scope.ts';
import { argumentsOf, bare, identifierName, memberName, type Node, walk } from './syntax.ts';

/** A class, and what it is made of. */
export interface ClassFact {
  readonly name: string | undefined;
  readonly abstract: boolean;
  /** Whether a mixin that gives it a gate is among what it extends. */
  readonly gated: boolean;
  /** The names of the classes it extends, those that mixins take among them. */
  readonly bases: readonly string[];
  readonly place: Place;
}

/** The classes of a file that extend something. */
export function classesIn(program: Node, at: (offset: number) => Place): readonly ClassFact[] {
  const classes: ClassFact[] = [];
  /** `const Dns = class extends …` */
  const named = new Map<Node, string>();
  walk(program, (node) => {
    if (node.type === 'VariableDeclarator' && node.init !== null && node.init !== undefined) {
      const name = identifierName(node.id as Node);
      if (name !== undefined) named.set(bare(node.init as Node), name);
    }
    if ((node.type !== 'ClassDeclaration' && node.type !== 'ClassExpression') || !node.superClass) return;
    const { gated, bases } = heritage(node.superClass as Node);
    const name = identifierName((node.id ?? undefined) as Node | undefined) ?? named.get(node);
    classes.push({ name, abstract: node.abstract === true, gated, bases, place: at(node.start) });
  });
  return classes;
}

/** What an `extends` is made of, through mixins around mixins. */
function heritage(superClass: Node): { readonly gated: boolean; readonly bases: readonly string[] } {
  let gated = false;
  const bases: string[] = [];
  const open = [superClass];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const expression = bare(node);
    const name = identifierName(expression) ?? memberName(expression);
    if (name !== undefined) bases.push(name);
    if (expression.type !== 'CallExpression') continue;
    const callee = bare(expression.callee as Node);
    if (MIXINS.has(identifierName(callee) ?? memberName(callee) ?? '')) gated = true;
    open.push(...argumentsOf(expression));
  }
  return { gated, bases };
}

/**
 * The classes that should have a gate and have none: those that extend one of `bases`, directly or by way of others, and
 * on that way no mixin. Abstract ones are only on the way. Classes are known by their names.
 */
export function ungatedClasses(classes: readonly ClassFact[], bases: ReadonlySet<string>): readonly ClassFact[] {
  const byName = new Map<string, ClassFact>();
  for (const one of classes) if (one.name !== undefined && !byName.has(one.name)) byName.set(one.name, one);
  const lacks = (one: ClassFact, seen: ReadonlySet<ClassFact>): boolean => {
    if (one.gated || seen.has(one)) return false;
    return one.bases.some((name) => {
      if (bases.has(name)) return true;
      const base = byName.get(name);
      return base !== undefined && lacks(base, new Set([...seen, one]));
    });
  };
  return classes.filter((one) => !one.abstract && !bases.has(one.name ?? '') && lacks(one, new Set()));
}
