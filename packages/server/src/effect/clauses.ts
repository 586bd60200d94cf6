import type { ClauseDefinition, FlagDefinition } from '@flagwright/core';
import { compile, evaluate } from '@flagwright/core';
import type { Atom, Graph, Literal } from './graph.ts';
import { segmentsIn } from './segments.ts';

/** Names whose values the dialects read differently, where they are paths or inherited. */
const ODD_NAME = /[.\\]/;

/** What an attribute is called where atoms are compared: of a `clause`, or of a `var` of JSON Logic. */
export function subjectOf(attribute: string, reader: 'clause' | 'var'): string {
  if (attribute === 'key' || attribute === 'targetingKey')
    return reader === 'clause' ? 'clause key' : `var ${attribute}`;
  return ODD_NAME.test(attribute) || attribute in Object.prototype ? `${reader} ${attribute}` : attribute;
}

/** The literals that say what a clause says. `negate`, `neq` and `notIn` need the attribute to be there. */
export function literalsOf(clause: ClauseDefinition, graph: Graph): readonly Literal[] {
  const { operator, attribute = '', values = [], negate = false } = clause;
  graph.spend(20 * values.length);
  switch (operator) {
    case 'exists': {
      // there or not there: everybody, or nobody
      if (values.includes(true) && values.includes(false)) {
        return negate ? [presence(attribute, true, graph), presence(attribute, false, graph)] : [];
      }
      return [presence(attribute, (values.length === 0 || values.includes(true)) !== negate, graph)];
    }
    case 'inSegment':
      return [{ atom: clauseAtom({ operator, values: sorted(values) }, graph), is: !negate }];
    case 'eq':
    case 'in':
    case 'neq':
    case 'notIn': {
      const equal = (operator === 'eq' || operator === 'in') !== negate;
      const atom = clauseAtom(
        { attribute, operator: values.length === 1 ? 'eq' : 'in', values: sorted(values) },
        graph,
      );
      return equal ? [{ atom, is: true }] : [presence(attribute, true, graph), { atom, is: false }];
    }
    default: {
      const atom = clauseAtom({ attribute, operator, values: sorted(values) }, graph);
      return negate ? [presence(attribute, true, graph), { atom, is: false }] : [{ atom, is: true }];
    }
  }
}

function presence(attribute: string, is: boolean, graph: Graph): Literal {
  return { atom: clauseAtom({ attribute, operator: 'exists' }, graph), is };
}

function sorted(values: readonly unknown[]): readonly unknown[] {
  const byText = new Map(values.map((value) => [JSON.stringify(value), value]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}

function clauseAtom(clause: ClauseDefinition, graph: Graph): Atom {
  const { operator, attribute, values } = clause;
  const predicate = { kind: 'clause', clause } as const;
  if (operator === 'inSegment') return graph.atom({ id: `segment ${JSON.stringify(values)}`, predicate });
  const named = attribute ?? '';
  const subject = subjectOf(named, 'clause');
  const equality = operator === 'eq' || operator === 'in';
  const id = `clause ${JSON.stringify([subject, equality ? 'in' : operator, values])}`;
  return graph.atom({
    id,
    predicate,
    subject,
    attribute: named,
    holds: remembering(clauseTest(clause, graph), 40 + costsOf(clause).ask, graph),
    elements: true,
    ...(equality ? { values: values ?? [] } : undefined),
  });
}

const FLAG: FlagDefinition = { type: 'boolean', default: false };

/** Whether a clause holds of a context: what the evaluator says of a flag that has it alone. */
export function clauseHolds(clause: ClauseDefinition): (context: Readonly<Record<string, unknown>>) => boolean {
  const segments = Object.fromEntries([...segmentsIn(clause)].map((name) => [name, {}]));
  const flags = { clause: { ...FLAG, rules: [{ clauses: [clause], variation: 'on' }] } };
  const snapshot = compile({ document: { flags, segments }, revision: 'effect' });
  return (context) => evaluate(snapshot, 'clause', undefined, context).value === true;
}

/** What it takes to make the test of one value of a clause, and to ask it, in units of work. */
const DEAR: Readonly<Record<string, readonly [make: number, ask: number]>> = {
  matches: [1_500, 20],
  semver: [400, 50],
};

function costsOf({ operator, values = [] }: ClauseDefinition): { readonly make: number; readonly ask: number } {
  const [make, ask] = DEAR[operator] ?? [20, 2];
  return { make: make * values.length, ask: ask * values.length };
}

function clauseTest(clause: ClauseDefinition, { spend }: Graph): (value: unknown) => boolean {
  let test: ReturnType<typeof clauseHolds> | undefined;
  return (value) => {
    if (test === undefined) {
      spend(1_000 + costsOf(clause).make);
      test = clauseHolds(clause);
    }
    return test(Object.fromEntries([[clause.attribute ?? '', value]]));
  };
}

/** A test of single values that asks only once. `cost` is what a test takes, in units of work. */
export function remembering(
  test: (value: unknown) => boolean,
  cost: number,
  { spend }: Graph,
): (value: unknown) => boolean {
  const answers = new Map<unknown, boolean>();
  return (value) => {
    let answer = answers.get(value);
    if (answer === undefined) {
      spend(cost);
      answer = test(value);
      answers.set(value, answer);
    }
    return answer;
  };
}
