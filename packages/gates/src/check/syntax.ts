/** A node of a syntax tree as ESTree has it, and its fields as they come. */
export interface Node {
  readonly type: string;
  /** Offsets in the text. */
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}

/** Visits a node and all below it, each before what is in it, in the order of the text. Without recursion. */
export function walk(root: Node, enter: (node: Node) => void): void {
  const stack: Node[] = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    enter(node);
    const below: Node[] = [];
    for (const value of Object.values(node)) {
      // one by one: a list may be longer than arguments may be
      if (Array.isArray(value)) {
        for (const one of value) if (isNode(one)) below.push(one);
      } else if (isNode(value)) below.push(value);
    }
    // not all trees have their fields in the order of the text
    if (below.length > 1) below.sort((one, other) => other.start - one.start);
    for (const one of below) stack.push(one);
  }
}

/** What changes nothing of the value of an expression: types, parentheses, `await`, `?.`, `Object.freeze`. */
const AROUND: ReadonlySet<string> = new Set([
  'TSAsExpression',
  'TSSatisfiesExpression',
  'TSNonNullExpression',
  'TSTypeAssertion',
  'TSInstantiationExpression',
  'ParenthesizedExpression',
  'ChainExpression',
  'AwaitExpression',
]);

/** The expression itself. */
export function bare(node: Node): Node {
  let inner = node;
  for (;;) {
    const { expression, argument } = inner;
    if (AROUND.has(inner.type) && isNode(expression ?? argument)) inner = (expression ?? argument) as Node;
    else if (isFreeze(inner)) inner = argumentsOf(inner)[0]!;
    else return inner;
  }
}

function isFreeze(node: Node): boolean {
  if (node.type !== 'CallExpression' || argumentsOf(node).length !== 1) return false;
  const callee = node.callee as Node;
  return memberName(callee) === 'freeze' && identifierName(callee.object as Node) === 'Object';
}

export function argumentsOf(call: Node): readonly Node[] {
  return Array.isArray(call.arguments) ? (call.arguments as readonly unknown[]).filter(isNode) : [];
}

export function identifierName(node: Node | undefined): string | undefined {
  return node?.type === 'Identifier' ? (node.name as string) : undefined;
}

/** `b` of `a.b`, of `a['b']`, and of `a.#b`. */
export function memberName(node: Node): string | undefined {
  return node.type === 'MemberExpression' ? keyName(node.property as Node, node.computed === true) : undefined;
}

/** The name that a key of an object, a class or a type is: `b`, `'b'`, `['b']`, `#b`. */
function keyName(key: Node, computed: boolean): string | undefined {
  if (computed) return textOf(key);
  return key.type === 'PrivateIdentifier' ? (key.name as string) : (identifierName(key) ?? textOf(key));
}

/** The text of a literal, or of a template without anything in it. */
export function textOf(node: Node): string | undefined {
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node.type !== 'TemplateLiteral' || (node.expressions as readonly unknown[]).length > 0) return undefined;
  const [quasi] = node.quasis as readonly { readonly value: { readonly cooked: string | null } }[];
  return quasi?.value.cooked ?? undefined;
}

/** One property of an object literal. */
export interface NamedProperty {
  readonly name: string;
  readonly key: Node;
  readonly value: Node;
}

/** The properties of an object literal that have a name: `a: b`, `'a': b`. */
export function propertiesOf(object: Node): readonly NamedProperty[] {
  if (object.type !== 'ObjectExpression') return [];
  return (object.properties as readonly Node[]).flatMap((property) => {
    const name = propertyName(property);
    return name === undefined ? [] : [{ name, key: property.key as Node, value: property.value as Node }];
  });
}

/** What has a key and a value: in object literals and patterns, and in classes. */
const PROPERTIES: ReadonlySet<string> = new Set([
  'Property',
  'PropertyDefinition',
  'AccessorProperty',
  'MethodDefinition',
]);

/** The name of one property of an object literal, a pattern or a class. */
export function propertyName(property: Node): string | undefined {
  return PROPERTIES.has(property.type) ? keyName(property.key as Node, property.computed === true) : undefined;
}

/** What the functions of a getter may return; those within it are others. */
export function returnsOf(getter: Node): readonly Node[] {
  const returns: Node[] = [];
  const open = [(getter.value as Node).body as Node];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.type === 'ReturnStatement' && isNode(node.argument)) returns.push(node.argument);
    if (/Function|Class/.test(node.type)) continue;
    for (const value of Object.values(node)) {
      for (const one of Array.isArray(value) ? value : [value]) if (isNode(one)) open.push(one);
    }
  }
  return returns;
}
