import { constantsOf, destructured, enumsOf, type ImportRef, importsOf } from './imports.ts';
import { bare, identifierName, isNode, memberName, type Node, propertiesOf, textOf, walk } from './syntax.ts';

/** Text, or texts by name, as constants have the names of gates. */
export type Texts = string | ReadonlyMap<string, string>;

/** Whether something holds gates; of what comes from another file, that file says. */
export type Certainty = boolean | ImportRef;

/** What names mean in one file. */
export interface Scope {
  readonly imports: ReadonlyMap<string, ImportRef>;
  /** Variables, and fields of `this`, that hold gates, or an API over them. */
  readonly gates: ReadonlySet<string>;
  /** Methods taken out of gates: `const { enabled: on } = gates`, by the name here. */
  readonly methods: ReadonlyMap<string, string>;
  /** Constants of the module that are text, each of a name that nothing else in the file has. */
  readonly texts: ReadonlyMap<string, Texts>;
  /** Object literals of constants of the module. */
  readonly objects: ReadonlyMap<string, Node>;
  /** Further names that hold gates. */
  readonly receivers: ReadonlySet<string>;
}

/** Whether a module is one of ours. */
export function isOurs(specifier: string): boolean {
  return specifier === '@flagwright/gates' || specifier.startsWith('@flagwright/gates/');
}

/** Our functions that make a feature: what to extend, and what it says of itself. */
export const MIXINS: ReadonlySet<string> = new Set(['gated', 'legacyFeature']);

/** Types of ours whose values hold gates. */
const HOLDERS: ReadonlySet<string> = new Set(['Gates', 'LiveGates', 'ClusteredGates', 'FeatureApi']);

/** Names that say that they hold gates: `gates`, `featureGates`, `FEATURE_GATES`; not `aggregates`. */
const NAMED = /^gates$|[a-z0-9_$]Gates$|(?:^|_)(?:gates|GATES)$/;

/** Reads what the names of a file mean. */
export function scopeOf(program: Node, receivers: ReadonlySet<string>): Scope {
  const imports = importsOf(program);
  const bindings = new Map<string, number>();
  const declarators: Node[] = [];
  const gates = new Set<string>();
  walk(program, (node) => {
    for (const name of boundBy(node)) bindings.set(name, (bindings.get(name) ?? 0) + 1);
    if (node.type === 'VariableDeclarator') declarators.push(node);
    const typed = typedAsGates(node);
    if (typed !== undefined) gates.add(typed);
  });
  const texts = new Map<string, Texts>();
  const objects = new Map<string, Node>();
  for (const declarator of constantsOf(program)) {
    const name = identifierName(declarator.id as Node);
    if (name === undefined || bindings.get(name) !== 1 || !isNode(declarator.init)) continue;
    const value = bare(declarator.init);
    const text = textOf(value);
    if (text !== undefined) texts.set(name, text);
    if (value.type !== 'ObjectExpression') continue;
    objects.set(name, value);
    texts.set(name, new Map(propertiesOf(value).flatMap(({ name: of, value: inner }) => pairOf(of, inner))));
  }
  for (const [name, members] of enumsOf(program)) if (bindings.get(name) === 1) texts.set(name, members);
  const methods = new Map<string, string>();
  const scope: Scope = { imports, gates, methods, texts, objects, receivers };
  for (const { id, init } of declarators) {
    if (!isNode(id) || !isNode(init) || holdsGates(init, scope) !== true) continue;
    const name = identifierName(id);
    if (name !== undefined) gates.add(name);
    for (const [local, method] of destructured(id)) methods.set(local, method);
  }
  return scope;
}

/** Whether an expression is gates, by its name or by where it comes from. */
export function holdsGates(expression: Node, scope: Scope): Certainty {
  const node = bare(expression);
  const says = (name: string | undefined): boolean =>
    name !== undefined && (NAMED.test(name) || scope.receivers.has(name));
  const name = identifierName(node);
  if (name !== undefined) {
    if (says(name) || scope.gates.has(name)) return true;
    const ref = scope.imports.get(name);
    return ref === undefined ? false : isOurs(ref.from) || ref;
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

/** The name of a variable or a field that is declared to hold gates. */
function typedAsGates(node: Node): string | undefined {
  const name = identifierName(node.type === 'PropertyDefinition' ? (node.key as Node) : node);
  const annotation = (node.typeAnnotation as Node | null | undefined)?.typeAnnotation as Node | undefined;
  if (name === undefined || annotation?.type !== 'TSTypeReference') return undefined;
  return HOLDERS.has(identifierName(annotation.typeName as Node) ?? '') ? name : undefined;
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
