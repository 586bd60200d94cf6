import type { Place } from '@flagwright/core';
import { type ClassFact, classesIn } from './classes.ts';
import type { ImportRef } from './imports.ts';
import { type Certainty, holdsGates, objectOf, ourFunction, type Scope, scopeOf, type Texts } from './scope.ts';
import { argumentsOf, identifierName, isNode, type Node, propertiesOf, textOf, walk } from './syntax.ts';
import { type Use, type UseOptions, usesIn } from './uses.ts';

/** What a module exports, as far as it matters here. */
export interface Exported {
  readonly texts?: Texts | undefined;
  /** Gates, a method of theirs, or what another module has. */
  readonly gates?: Certainty | undefined;
  readonly ref?: ImportRef | undefined;
}

/** All that the check keeps of a file: its tree is too large for that. */
export interface Facts {
  readonly path: string;
  readonly uses: readonly (Use & { readonly place: Place })[];
  readonly exports: ReadonlyMap<string, Exported>;
  /** Modules of which everything is exported. */
  readonly stars: readonly string[];
  /** Where gates are declared. */
  readonly declared: ReadonlyMap<string, Place>;
  readonly classes: readonly ClassFact[];
}

export interface FactOptions extends UseOptions {
  readonly receivers: ReadonlySet<string>;
}

export function factsOf(path: string, program: Node, at: (offset: number) => Place, options: FactOptions): Facts {
  const scope = scopeOf(program, options.receivers);
  const { exports, stars } = exportsOf(program, scope);
  return {
    path,
    uses: usesIn(program, scope, options).map((use) => ({ ...use, place: at(use.offset) })),
    exports,
    stars,
    declared: declaredIn(program, scope, at),
    classes: classesIn(program, at),
  };
}

function exportsOf(
  program: Node,
  scope: Scope,
): { readonly exports: ReadonlyMap<string, Exported>; readonly stars: readonly string[] } {
  const exports = new Map<string, Exported>();
  const stars: string[] = [];
  const own = (local: string): Exported => {
    const ref = scope.imports.get(local);
    return ref === undefined
      ? { texts: scope.texts.get(local), gates: scope.gates.has(local) || scope.methods.has(local) }
      : { ref };
  };
  for (const statement of program.body as readonly Node[]) {
    const source = isNode(statement.source) ? textOf(statement.source) : undefined;
    if (statement.type === 'ExportAllDeclaration' && source !== undefined) {
      const name = isNode(statement.exported) ? nameOf(statement.exported) : undefined;
      if (name === undefined) stars.push(source);
      else exports.set(name, { ref: { from: source, name: '*' } });
    }
    if (statement.type === 'ExportDefaultDeclaration') {
      const declaration = statement.declaration as Node;
      const local = identifierName(declaration);
      exports.set('default', local === undefined ? { gates: holdsGates(declaration, scope) === true } : own(local));
    }
    if (statement.type !== 'ExportNamedDeclaration') continue;
    for (const specifier of statement.specifiers as readonly Node[]) {
      const local = nameOf(specifier.local as Node)!;
      const ref = source === undefined ? undefined : { from: source, name: local };
      exports.set(nameOf(specifier.exported as Node)!, ref === undefined ? own(local) : { ref });
    }
    const { declaration } = statement;
    if (!isNode(declaration)) continue;
    if (declaration.type === 'TSEnumDeclaration') {
      const name = identifierName(declaration.id as Node)!;
      exports.set(name, own(name));
    }
    if (declaration.type !== 'VariableDeclaration') continue;
    for (const { id } of declaration.declarations as readonly Node[]) {
      walk(id as Node, (node) => {
        const name = identifierName(node);
        if (name !== undefined) exports.set(name, own(name));
      });
    }
  }
  return { exports, stars };
}

function nameOf(node: Node): string | undefined {
  return identifierName(node) ?? textOf(node);
}

/** The names in the declarations of `defineGates`, by where they stand. */
function declaredIn(program: Node, scope: Scope, at: (offset: number) => Place): ReadonlyMap<string, Place> {
  const declared = new Map<string, Place>();
  walk(program, (node) => {
    if (node.type !== 'CallExpression' || ourFunction(node, scope) !== 'defineGates') return;
    const declarations = objectOf(argumentsOf(node)[1], scope);
    if (declarations === undefined) return;
    for (const { name, key } of propertiesOf(declarations)) declared.set(name, at(key.start));
  });
  return declared;
}
