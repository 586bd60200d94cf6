import { remembering, subjectOf } from './clauses.ts';
import { type Call, type Expressions, readable } from './expressions.ts';
import { type Atom, canonical, type Graph, type Literal } from './graph.ts';

/** Operators that yield true or false and nothing else. */
export const COMPARISONS: ReadonlySet<string> = new Set([
  '==',
  '===',
  '!=',
  '!==',
  '<',
  '<=',
  '>',
  '>=',
  'in',
  'in_segment',
]);

type Scalar = string | number | boolean;

/** The truth of an expression as a literal; what says the same is the same atom. */
export function literalOf(raw: unknown, expressions: Expressions, graph: Graph): Literal {
  const found = expressions.resolve(raw);
  const call = expressions.callOf(found);
  const equality = call === undefined ? undefined : equalityOf(call, expressions);
  if (equality !== undefined) {
    const { attribute, values, is } = equality;
    const expression =
      values.length === 1 ? { '===': [{ var: [attribute] }, values[0]] } : { in: [{ var: [attribute] }, values] };
    return { atom: logicAtom(expression, expressions, graph, values), is };
  }
  if (call !== undefined && (call.name === '!=' || call.name === '!==') && call.args.length === 2) {
    const versions = [...expressions.reads(found).names].some(expressions.isVersion);
    // of versions neither holds where one cannot be read
    if (!versions) {
      const positive = { [call.name === '!=' ? '==' : '===']: call.args };
      return { atom: logicAtom(positive, expressions, graph), is: false };
    }
  }
  if (call?.name === 'in_segment' && call.args.every((name) => typeof name === 'string')) {
    const values = [...new Set(call.args)].sort();
    const predicate = { kind: 'clause', clause: { operator: 'inSegment', values } } as const;
    return { atom: graph.atom({ id: `segment ${JSON.stringify(values)}`, predicate }), is: true };
  }
  return { atom: logicAtom(found, expressions, graph), is: true };
}

function logicAtom(raw: unknown, expressions: Expressions, graph: Graph, values?: readonly Scalar[]): Atom {
  const expression = expressions.written(raw);
  const { names, more, random } = expressions.reads(raw);
  const [attribute] = names;
  const id = `logic ${JSON.stringify(canonical(expression))}`;
  const predicate = { kind: 'logic', expression } as const;
  if (names.size !== 1 || more || attribute === undefined) return graph.atom({ id, predicate, random });
  return graph.atom({
    id,
    predicate,
    subject: subjectOf(attribute, 'var'),
    attribute,
    holds: remembering(expressions.truthOf(raw, attribute), 40 + id.length / 4, graph),
    ...(values === undefined ? undefined : { values }),
  });
}

interface Equality {
  readonly attribute: string;
  readonly values: readonly Scalar[];
  readonly is: boolean;
}

/** A comparison that holds exactly where an attribute has one of some values. */
function equalityOf({ name, args, computed }: Call, expressions: Expressions): Equality | undefined {
  if (computed || args.length !== 2) return undefined;
  const [left, right] = args;
  if (name === 'in') {
    const attribute = readable(left, expressions);
    const list = expressions.resolve(right);
    if (attribute === undefined || !Array.isArray(list) || list.length === 0 || !list.every(isScalar)) return undefined;
    const unique = new Map(list.map((value) => [JSON.stringify(value), value]));
    return { attribute, values: [...unique].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value), is: true };
  }
  const strict = name === '===' || name === '!==';
  if (!strict && name !== '==' && name !== '!=') return undefined;
  const is = !name.startsWith('!');
  for (const [variable, literal] of [
    [left, right],
    [right, left],
  ]) {
    const attribute = readable(variable, expressions);
    const value = expressions.resolve(literal);
    if (attribute === undefined || !isScalar(value) || expressions.isVersion(attribute)) continue;
    // a text that is no number loosely equals nothing but itself
    if (strict || (typeof value === 'string' && Number.isNaN(Number(value)))) return { attribute, values: [value], is };
  }
  return undefined;
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
