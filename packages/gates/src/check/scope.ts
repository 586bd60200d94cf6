import { constantsOf, destructured, enumsOf, type ImportRef, importedNames, importsOf, isOurs } from './imports.ts';
import {
  bare,
  identifierName,
  isNode,
  memberName,
  type Node,
  propertiesOf,
  propertyName,
  textOf,
  walk,
} from './syntax.ts';
import { holdsGatesAsType } from './types.ts';

/** Text, or texts by name, as constants have the names of gates. */
export type Texts = string | ReadonlyMap<string, string>;

/** Whether something holds gates; of what comes from another file, that file says. */
export type Certainty = boolean | ImportRef;

/** What names mean in one file. */
export interface Scope {
  readonly imports: ReadonlyMap<string, ImportRef>;
  /** Variables, and fields of `this`, that hold gates, or an API over them. */
  readonly gates: ReadonlySet<string>;
  /** Fields of anything that are declared to hold gates. */
  readonly fields: ReadonlySet<string>;
  /** Methods taken out of gates: `const { enabled: on } = gates`, `const on = gates.enabled`, by the name here. */
  readonly methods: ReadonlyMap<string, string>;
  /** Constants of the module that are text, each of a name that nothing else in the file has. */
  readonly texts: ReadonlyMap<string, Texts>;
  /** Object literals of constants of the module. */
  readonly objects: ReadonlyMap<string, Node>;
  /** Lists of constants of the module. */
  readonly lists: ReadonlyMap<string, Node>;
  /** Further names that hold gates. */
  readonly receivers: ReadonlySet<string>;
}

/** Our functions that make a feature: what to extend, and what it says of itself. */
export const MIXINS: ReadonlySet<string> = new Set(['gated', 'legacyFeature']);

/** Methods of gates that ask for one. */
export const ASKS: ReadonlySet<string> = new Set(['enabled', 'isEnabled']);
/** Methods of gates that tell of one; of anything else the word is too common. */
export const TELLS: ReadonlySet<string> = new Set(['state']);

/** Names that say that they hold gates: `gates`, `featureGates`, `FEATURE_GATES`; not `aggregates`. */
const NAMED = /^gates$|[a-z0-9_$]Gates$|(?:^|_)(?:gates|GATES)$/;

/** Reads what the names of a file mean. */
export function scopeOf(program: Node, receivers: ReadonlySet<string>): Scope {
  const imports = importsOf(program);
  const types = importedNames(program);
  const bindings = new Map<string, number>();
  const declarators: Node[] = [];
  const patterns: Node[] = [];
  const gates = new Set<string>();
  const fields = new Set<string>();
  walk(program, (node) => {
    for (const name of boundBy(node)) bindings.set(name, (bindings.get(name) ?? 0) + 1);
    if (node.type === 'VariableDeclarator') declarators.push(node);
    if (node.type === 'ObjectPattern') patterns.push(node);
    const type = typeOf(node);
    if (type === undefined || !holdsGatesAsType(type, types)) return;
    const name = identifierName(node);
    if (name !== undefined) gates.add(name);
    else fields.add(fieldName(node) ?? '');
  });
  const texts = new Map<string, Texts>();
  const objects = new Map<string, Node>();
  const lists = new Map<string, Node>();
  for (const declarator of constantsOf(program)) {
    const name = identifierName(declarator.id as Node);
    if (name === undefined || bindings.get(name) !== 1 || !isNode(declarator.init)) continue;
    const value = bare(declarator.init);
    const text = textOf(value);
    if (text !== undefined) texts.set(name, text);
    if (value.type === 'ArrayExpression') lists.set(name, value);
    if (value.type !== 'ObjectExpression') continue;
    objects.set(name, value);
    texts.set(name, new Map(propertiesOf(value).flatMap(({ name: of, value: inner }) => pairOf(of, inner))));
  }
  for (const [name, members] of enumsOf(program)) if (bindings.get(name) === 1) texts.set(name, members);
  const methods = new Map<string, string>();
  const scope: Scope = { imports, gates, fields, methods, texts, objects, lists, receivers };
  for (const pattern of patterns) {
    for (const [local, name] of destructured(pattern)) if (saysGates(name, scope)) gates.add(local);
  }
  for (const { id, init } of declarators) {
    if (!isNode(id) || !isNode(init)) continue;
    const name = identifierName(id);
    const taken = name === undefined ? undefined : methodTaken(init, scope);
    if (taken !== undefined) methods.set(name!, taken.method);
    if (holdsGates(init, scope) !== true) continue;
    if (name !== undefined) gates.add(name);
    for (const [local, method] of destructured(id)) methods.set(local, method);
  }
  return scope;
}

/** Whether an expression is gates, by its name or by where it comes from. */
export function holdsGates(expression: Node, scope: Scope): Certainty {
  const node = bare(expression);
  const says = (name: string | undefined): boolean => name !== undefined && saysGates(name, scope);
  const name = identifierName(node);
  if (name !== undefined) {
    if (NAMED.test(name) || scope.receivers.has(name) || scope.gates.has(name)) return true;
    const ref = scope.imports.get(name);
    return ref === undefined ? false : isOurs(ref.from) || NAMED.test(ref.name) || ref;
  }
  const member = memberName(node);
  // of a holder
  if (member === 'current') return holdsGates(node.object as Node, scope);
  if (member !== undefined) {
    return says(member) || ((node.object as Node).type === 'ThisExpression' && scope.gates.has(member));
  }
  if (node.type !== 'CallExpression') return false;
  const callee = bare(node.callee as Node);
  const called = memberName(callee);
  if (called === 'with' || called === 'without') return holdsGates(callee.object as Node, scope);
  return called === undefined ? holdsGates(callee, scope) === true : says(called);
}

/** Whether what has something by this name has gates. */
function saysGates(name: string, { receivers, fields }: Scope): boolean {
  return NAMED.test(name) || receivers.has(name) || fields.has(name);
}

/** A method of gates as a value: `gates.enabled`, `gates.enabled.bind(gates)`. */
export function methodTaken(
  expression: Node,
  scope: Scope,
): { readonly method: string; readonly node: Node } | undefined {
  let node = bare(expression);
  if (node.type === 'CallExpression') {
    const callee = bare(node.callee as Node);
    if (memberName(callee) !== 'bind') return undefined;
    node = bare(callee.object as Node);
  }
  const method = memberName(node);
  if (method === undefined || !(ASKS.has(method) || TELLS.has(method))) return undefined;
  return holdsGates(node.object as Node, scope) === true ? { method, node } : undefined;
}

/** The type that a variable, a parameter, a field or a getter is declared to have. */
function typeOf(node: Node): Node | undefined {
  const getter = node.type === 'MethodDefinition' && node.kind === 'get';
  const annotation = getter ? (node.value as Node).returnType : node.typeAnnotation;
  if (!isNode(annotation) || (identifierName(node) ?? fieldName(node)) === undefined) return undefined;
  return annotation.typeAnnotation as Node;
}

/** The name of a field of a class or of a type. */
function fieldName(node: Node): string | undefined {
  return node.type === 'TSPropertySignature' ? identifierName(node.key as Node) : propertyName(node);
}

function pairOf(name: string, value: Node): readonly (readonly [string, string])[] {
  const text = textOf(bare(value));
  return text === undefined ? [] : [[name, text]];
}

/** The names that a node gives to something. */
function boundBy(node: Node): readonly string[] {
  switch (node.type) {
    case 'VariableDeclarator':
      return namesIn(node.id);
    case 'CatchClause':
      return namesIn(node.param);
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return [...namesIn(node.id), ...(node.params as readonly unknown[]).flatMap(namesIn)];
    case 'ClassDeclaration':
    case 'ClassExpression':
    case 'TSEnumDeclaration':
      return namesIn(node.id);
    default:
      return [];
  }
}

/** The names in a pattern; what is in its defaults is no harm. */
function namesIn(pattern: unknown): readonly string[] {
  if (!isNode(pattern)) return [];
  const name = identifierName(pattern);
  if (name !== undefined) return [name];
  const names: string[] = [];
  walk(pattern, (node) => {
    const inner = identifierName(node);
    if (inner !== undefined) names.push(inner);
  });
  return names;
}

/** The object literal that an argument is, or that a constant of the module is. */
export function objectOf(node: Node | undefined, scope: Scope): Node | undefined {
  if (node === undefined) return undefined;
  const value = bare(node);
  if (value.type === 'ObjectExpression') return value;
  const name = identifierName(value);
  return name === undefined ? undefined : scope.objects.get(name);
}

/** The elements of a list, or of a constant of the module that is one, spread or not; undefined if it is none. */
export function elementsOf(expression: Node, scope: Scope, steps = 5): readonly Node[] | undefined {
  const value = bare(expression);
  const list = value.type === 'ArrayExpression' ? value : scope.lists.get(identifierName(value) ?? '');
  if (list === undefined || steps === 0) return undefined;
  return (list.elements as readonly (Node | null)[]).flatMap((one) => {
    if (one?.type !== 'SpreadElement') return one ?? [];
    return elementsOf(one.argument as Node, scope, steps - 1) ?? one;
  });
}

/** What a call calls, if it was imported from one of our modules: its name there. */
export function ourFunction(call: Node, scope: Scope): string | undefined {
  const callee = bare(call.callee as Node);
  const name = identifierName(callee);
  if (name !== undefined) {
    const ref = scope.imports.get(name);
    return ref !== undefined && isOurs(ref.from) ? ref.name : undefined;
  }
  const member = memberName(callee);
  const of = member === undefined ? undefined : scope.imports.get(identifierName(callee.object as Node) ?? '');
  return of?.name === '*' && isOurs(of.from) ? member : undefined;
}
