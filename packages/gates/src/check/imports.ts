import { argumentsOf, bare, identifierName, isNode, type Node, propertyName, textOf } from './syntax.ts';

/** What a module takes from another; `*` is all of it. */
export interface ImportRef {
  readonly from: string;
  readonly name: string;
}

/** Whether a module is one of ours. */
export function isOurs(specifier: string): boolean {
  return specifier === '@flagwright/gates' || specifier.startsWith('@flagwright/gates/');
}

/** What `import` brings, `import type` and all. */
export function importedNames(program: Node): ReadonlyMap<string, ImportRef> {
  return new Map((program.body as readonly Node[]).flatMap(specifiersOf));
}

function specifiersOf(statement: Node): readonly (readonly [local: string, ref: ImportRef])[] {
  if (statement.type !== 'ImportDeclaration') return [];
  const from = textOf(statement.source as Node)!;
  return (statement.specifiers as readonly Node[]).map((specifier) => [
    identifierName(specifier.local as Node)!,
    { from, name: importedName(specifier) },
  ]);
}

/** What the names of a module mean in others: `import` of values, and constants from `require` and `import()`. */
export function importsOf(program: Node): ReadonlyMap<string, ImportRef> {
  const statements = (program.body as readonly Node[]).filter(({ importKind }) => importKind !== 'type');
  const imports = new Map(statements.flatMap(specifiersOf));
  for (const { id, init } of constantsOf(program)) {
    const from = isNode(init) ? required(init) : undefined;
    if (from === undefined || !isNode(id)) continue;
    const name = identifierName(id);
    if (name !== undefined) imports.set(name, { from, name: '*' });
    for (const [local, imported] of destructured(id)) imports.set(local, { from, name: imported });
  }
  return imports;
}

function importedName(specifier: Node): string {
  if (specifier.type === 'ImportNamespaceSpecifier') return '*';
  const imported = specifier.imported as Node | undefined;
  return imported === undefined ? 'default' : (identifierName(imported) ?? textOf(imported)!);
}

/** The module that `require('…')` or `await import('…')` loads. */
function required(expression: Node): string | undefined {
  const node = bare(expression);
  if (node.type === 'ImportExpression') return textOf(node.source as Node);
  if (node.type !== 'CallExpression' || identifierName(node.callee as Node) !== 'require') return undefined;
  const [first] = argumentsOf(node);
  return first === undefined ? undefined : textOf(first);
}

/** The constants of the module itself, exported or not. */
export function constantsOf(program: Node): readonly Node[] {
  return (program.body as readonly Node[]).flatMap((statement) => {
    const declaration = isNode(statement.declaration) ? statement.declaration : statement;
    if (declaration.type !== 'VariableDeclaration' || declaration.kind !== 'const') return [];
    return declaration.declarations as readonly Node[];
  });
}

/** The enums of the module, with those of their members that are text. */
export function enumsOf(program: Node): readonly (readonly [name: string, members: ReadonlyMap<string, string>])[] {
  return (program.body as readonly Node[]).flatMap((statement) => {
    const declaration = isNode(statement.declaration) ? statement.declaration : statement;
    if (declaration.type !== 'TSEnumDeclaration' || !isNode(declaration.body)) return [];
    const members = (declaration.body.members as readonly Node[]).flatMap(({ id, initializer }) => {
      const name = identifierName(id as Node) ?? textOf(id as Node);
      const text = isNode(initializer) ? textOf(initializer) : undefined;
      return name === undefined || text === undefined ? [] : [[name, text] as const];
    });
    return [[identifierName(declaration.id as Node)!, new Map(members)] as const];
  });
}

/** The names that a pattern takes out of an object: `{ enabled: on }` gives `on` for `enabled`. */
export function destructured(pattern: Node): readonly (readonly [local: string, name: string])[] {
  if (pattern.type !== 'ObjectPattern') return [];
  return (pattern.properties as readonly Node[]).flatMap((property) => {
    const name = propertyName(property);
    const value = property.value as Node | undefined;
    const local = identifierName(value?.type === 'AssignmentPattern' ? (value.left as Node) : value);
    return name === undefined || local === undefined ? [] : [[local, name] as const];
  });
}
