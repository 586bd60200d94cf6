import { type ImportRef, isOurs } from './imports.ts';
import { identifierName, isNode, type Node, textOf } from './syntax.ts';

/** Types of ours whose values hold gates. */
const HOLDERS: ReadonlySet<string> = new Set(['Gates', 'LiveGates', 'ClusteredGates', 'FeatureApi']);
/** Types of what has, or is, what they are told. */
const AROUND: ReadonlySet<string> = new Set(['Promise', 'Awaited', 'Readonly', 'NonNullable']);

/**
 * Whether a type, or one of those in a union, is one whose values hold gates: by its name, by the name it was imported
 * by, or as a member of one of our modules. `imported` are all imports of the file.
 */
export function holdsGatesAsType(type: Node, imported: ReadonlyMap<string, ImportRef>): boolean {
  const open: Node[] = [type];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.type === 'TSUnionType' || node.type === 'TSIntersectionType')
      open.push(...(node.types as readonly Node[]));
    if (node.type === 'TSParenthesizedType' && isNode(node.typeAnnotation)) open.push(node.typeAnnotation);
    if (node.type === 'TSImportType' && isNode(node.source) && isNode(node.qualifier)) {
      if (isOurs(textOf(node.source) ?? '') && HOLDERS.has(identifierName(node.qualifier) ?? '')) return true;
    }
    if (node.type !== 'TSTypeReference') continue;
    const reference = node.typeName as Node;
    const name = identifierName(reference);
    if (name !== undefined && HOLDERS.has(imported.get(name)?.name ?? name)) return true;
    if (name === undefined && ofOurs(reference, imported)) return true;
    const told = node.typeArguments ?? node.typeParameters;
    if (name !== undefined && AROUND.has(name) && isNode(told)) open.push(...(told.params as readonly Node[]));
  }
  return false;
}

/** `FG.Gates`, if `FG` is one of our modules. */
function ofOurs(reference: Node, imported: ReadonlyMap<string, ImportRef>): boolean {
  if (reference.type !== 'TSQualifiedName' || !HOLDERS.has(identifierName(reference.right as Node) ?? '')) return false;
  const from = imported.get(identifierName(reference.left as Node) ?? '');
  return from?.name === '*' && isOurs(from.from);
}
