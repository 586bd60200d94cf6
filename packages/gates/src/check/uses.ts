import {
  ASKS,
  type Certainty,
  elementsOf,
  holdsGates,
  MIXINS,
  methodTaken,
  objectOf,
  ourFunction,
  type Scope,
  TELLS,
} from './scope.ts';
import {
  argumentsOf,
  bare,
  identifierName,
  isNode,
  memberName,
  type Node,
  propertiesOf,
  propertyName,
  returnsOf,
  textOf,
  walk,
} from './syntax.ts';
import { textsOf, UNKNOWN, type Value } from './values.ts';

/** A place where a gate is asked for. */
export interface Use {
  /** How, for people: `enabled(…)`, `gate: …`. */
  readonly how: string;
  readonly value: Value;
  /** Whether it is about gates at all: if not, a name that is no gate means something else. */
  readonly certain: Certainty;
  readonly offset: number;
}

export interface UseOptions {
  /** Functions and methods that take the name of a gate first, whoever has them. */
  readonly calls: ReadonlySet<string>;
  /** Properties that name a gate. */
  readonly properties: ReadonlySet<string>;
}

/** Our functions that take the name of a gate, and where. */
const TAKES: Readonly<Record<string, number>> = { isEnabled: 0, enabled: 0, requireGate: 1, enableHint: 1 };

/** Every place in a file where a gate is asked for, or may be. */
export function usesIn(program: Node, scope: Scope, options: UseOptions): readonly Use[] {
  const uses: Use[] = [];
  /** Properties within calls of our functions. */
  const certain = new Set<Node>();
  /** Methods that are called, or have a name; and properties of patterns, which take apart. */
  const seen = new Set<Node>();
  const add = (how: string, expression: Node, sure: Certainty): void => {
    uses.push({ how, value: textsOf(expression, scope), certain: sure, offset: expression.start });
  };
  const addNamed = (name: string, how: string, expression: Node, certainly: boolean): void => {
    const elements = elementsOf(expression, scope);
    for (const one of elements ?? [bare(expression)]) {
      // the word alone says that it is one of ours
      const sure = certainly || name === 'requiredFeatureGates' || (name === 'gateKey' && isKey(one, scope));
      add(elements === undefined ? how : how.replace('…', '[…]'), one, sure);
    }
  };
  walk(program, (node) => {
    switch (node.type) {
      case 'CallExpression': {
        seen.add(bare(node.callee as Node));
        const ours = ourFunction(node, scope);
        if (ours !== undefined) {
          for (const property of propertiesBelow(node)) certain.add(property);
          usesInOurs(ours, node, scope, add);
        } else if (!usedThrough(node, scope, seen, add)) {
          usesInCall(node, scope, options, add);
        }
        break;
      }
      case 'VariableDeclarator': {
        const taken = isNode(node.init) && identifierName(node.id as Node) ? methodTaken(node.init, scope) : undefined;
        if (taken !== undefined) seen.add(taken.node);
        break;
      }
      case 'MemberExpression': {
        const method = memberName(node);
        if (method === undefined || !ASKS.has(method) || seen.has(node)) break;
        // handed on: whoever calls it, and with what, is not to be seen
        uses.push({ how: method, value: UNKNOWN, certain: holdsGates(node.object as Node, scope), offset: node.start });
        break;
      }
      case 'ObjectPattern':
        for (const property of node.properties as readonly Node[]) seen.add(property);
        break;
      case 'Property':
      case 'PropertyDefinition':
      case 'AccessorProperty':
      case 'MethodDefinition': {
        const name = propertyName(node);
        if (name === undefined || !options.properties.has(name) || seen.has(node)) break;
        if (node.kind === 'set' || !isNode(node.value)) break;
        const values = node.kind === 'get' ? returnsOf(node) : [node.value];
        for (const value of values) addNamed(name, `${name}: …`, value, certain.has(node));
        break;
      }
      case 'JSXAttribute': {
        const name = (node.name as Node).name;
        if (typeof name !== 'string' || !options.properties.has(name) || !isNode(node.value)) break;
        const inner = node.value.type === 'JSXExpressionContainer' ? (node.value.expression as Node) : node.value;
        addNamed(name, `${name}=…`, inner, false);
        break;
      }
      case 'Literal':
      case 'TemplateLiteral':
        // as a flag, by whatever reads flags
        if (textOf(node)?.startsWith('feature.') === true) add('a key', node, false);
        break;
      default:
    }
  });
  return uses;
}

/** Whether an expression can only be keys of gates. */
function isKey(expression: Node, scope: Scope): boolean {
  const { texts } = textsOf(expression, scope);
  return texts.length > 0 && texts.every((text) => text.startsWith('feature.'));
}

/** `gates.enabled.call(gates, 'X')`, `.bind` and `.apply`: whether it was that. */
function usedThrough(call: Node, scope: Scope, seen: Set<Node>, add: Add): boolean {
  const callee = bare(call.callee as Node);
  const through = memberName(callee);
  if (through !== 'call' && through !== 'apply' && through !== 'bind') return false;
  const taken = methodTaken(callee.object as Node, scope);
  const second = argumentsOf(call)[1];
  if (taken === undefined || second === undefined) return false;
  seen.add(taken.node);
  const first = through === 'apply' ? (elementsOf(second, scope)?.[0] ?? second) : second;
  add(`${taken.method}(…)`, first, true);
  return true;
}

type Add = (how: string, expression: Node, sure: Certainty) => void;

/** Calls of what was imported from us. */
function usesInOurs(name: string, call: Node, scope: Scope, add: Add): void {
  const args = argumentsOf(call);
  const at = Object.hasOwn(TAKES, name) ? args[TAKES[name]!] : undefined;
  if (at !== undefined) add(`${name}(…)`, at, true);
  if (MIXINS.has(name)) usesInMixin(name, call, scope, true, add);
  const gating = Object.hasOwn(GATINGS, name) ? objectOf(args[GATINGS[name]!], scope) : undefined;
  if (gating !== undefined) usesInGating(gating, scope, add);
}

/** `gated(Base, { name: 'dns' })` */
function usesInMixin(name: string, call: Node, scope: Scope, sure: boolean, add: Add): void {
  const spec = propertiesOf(objectOf(argumentsOf(call)[1], scope) ?? call);
  const backend = spec.find((property) => property.name === 'backendType')?.value;
  const own = spec.find((property) => property.name === 'name')?.value;
  const type = backend === undefined ? undefined : textOf(bare(backend));
  if (type !== undefined) add(`${name}(…)`, { ...backend!, type: 'Literal', value: `storage.${type}` }, sure);
  else if (backend === undefined && own !== undefined) add(`${name}(…)`, own, sure);
}

/** Our functions that take maps of words to gates, and in which argument. */
const GATINGS: Readonly<Record<string, number>> = { gateChoices: 2, parseGatedArgs: 1, openArgs: 0 };
const MAPS: ReadonlySet<string> = new Set(['by', 'options', 'commands']);

/** `{ options: { token: 'MultiRegion' }, choices: { role: { values, by: { region: 'MultiRegion' } } } }` */
function usesInGating(gating: Node, scope: Scope, add: Add): void {
  for (const { name, value } of propertiesOf(gating)) {
    const inner = propertiesOf(objectOf(value, scope) ?? value);
    if (MAPS.has(name)) for (const gate of inner) add(`${name}: …`, gate.value, true);
    if (name !== 'choices') continue;
    for (const option of inner) usesInGating(objectOf(option.value, scope) ?? option.value, scope, add);
  }
}

/** Calls of methods, and of functions by their names. */
function usesInCall(call: Node, scope: Scope, { calls }: UseOptions, add: Add): void {
  const [first] = argumentsOf(call);
  if (first === undefined) return;
  const callee = bare(call.callee as Node);
  const member = memberName(callee);
  if (member !== undefined) {
    if (calls.has(member)) add(`${member}(…)`, first, true);
    else if (ASKS.has(member)) add(`${member}(…)`, first, holdsGates(callee.object as Node, scope));
    else if (TELLS.has(member) && holdsGates(callee.object as Node, scope) === true) add(`${member}(…)`, first, true);
    return;
  }
  const name = identifierName(callee);
  if (name === undefined) return;
  // from a module of the program that passes it on
  if (MIXINS.has(name)) usesInMixin(name, call, scope, false, add);
  const method = scope.methods.get(name);
  if (calls.has(name)) add(`${name}(…)`, first, true);
  else if (method !== undefined && (ASKS.has(method) || TELLS.has(method))) add(`${name}(…)`, first, true);
  else if (ASKS.has(name)) add(`${name}(…)`, first, scope.imports.get(name) ?? false);
}

/** The properties in the object literals of a call, those of functions in it left out. */
function propertiesBelow(call: Node): readonly Node[] {
  const properties: Node[] = [];
  const open = argumentsOf(call).map(bare);
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.type !== 'ObjectExpression') continue;
    for (const property of node.properties as readonly Node[]) {
      if (property.type !== 'Property') continue;
      properties.push(property);
      open.push(bare(property.value as Node));
    }
  }
  return properties;
}
