import type { Outcome, Predicate } from './effect.ts';
import type { Work } from './work.ts';

/** A predicate, once for every flag that asks for it. */
export interface Atom {
  /** Two atoms of one id are true of the same contexts. */
  readonly id: string;
  readonly predicate: Predicate;
  /** What it is about; atoms of one subject see the same value. Undefined: nothing is known of that. */
  readonly subject?: string | undefined;
  /** The name of the attribute, for people. */
  readonly attribute?: string | undefined;
  /** True exactly where the value is one of these. */
  readonly values?: readonly unknown[] | undefined;
  /** True also of a list that has one of `values`. */
  readonly elements?: boolean;
  /** Whether it is true of a value of its subject; null stands for a missing one. */
  readonly holds?: ((value: unknown) => boolean) | undefined;
  /** A random split is hidden in it. */
  readonly random?: boolean;
  /** At most one atom of a group is true. */
  readonly group?: string | undefined;
  /** Those that are true where this one is. */
  readonly implies?: readonly string[] | undefined;
}

/** An atom that is true, or false. */
export interface Literal {
  readonly atom: Atom;
  readonly is: boolean;
}

/** A hash that decides: splits of the same hashed text are one draw. */
export type DrawId = string;

/** A range of hashes that ends before `to`, and what follows for it. */
export interface Range {
  readonly to: number;
  readonly node: Node;
}

/** A decision. Nodes of one graph that decide alike, as far as it can be seen, are the same object. */
export type Node =
  | {
      readonly kind: 'leaf';
      readonly id: number;
      readonly outcome: Outcome;
      /** The same for outcomes that are the same for the one who is served. */
      readonly name: number;
    }
  | {
      readonly kind: 'test';
      readonly id: number;
      /** All must hold. */
      readonly literals: readonly Literal[];
      readonly yes: Node;
      readonly no: Node;
    }
  | { readonly kind: 'draw'; readonly id: number; readonly draw: DrawId; readonly ranges: readonly Range[] };

/** Hashes are whole numbers from 0 up to, not including, this. */
export const HASHES: number = 2 ** 32;

/** More nodes are too many to look at. */
const MAX_NODES = 10_000;

/** A definition whose decision is larger than this looks at. */
export class TooLarge extends Error {}

/** Makes nodes, each only once. */
export interface Graph {
  /** `mark` tells outcomes apart that look alike. */
  leaf(outcome: Outcome, mark?: string): Node;
  test(literals: readonly Literal[], yes: Node, no: Node): Node;
  draw(draw: DrawId, ranges: readonly Range[]): Node;
  atom(atom: Atom): Atom;
  /** Bounds what it takes to make it, and to ask atoms. */
  readonly spend: Work['spend'];
}

/** A graph for the definitions that are to be compared. */
export function createGraph({ spend }: Work): Graph {
  const nodes = new Map<string, Node>();
  const atoms = new Map<string, Atom>();
  // names may be as long as values: they are written once, and compared as numbers
  const numbers = new Map<string, number>();
  const numbered = new WeakMap<object, number>();

  function numberOf(thing: object, name: () => string): number {
    let number = numbered.get(thing);
    if (number === undefined) {
      const text = name();
      spend(20 + text.length / 4);
      number = numbers.get(text) ?? numbers.size;
      numbers.set(text, number);
      numbered.set(thing, number);
    }
    return number;
  }

  function once(name: string, make: (id: number) => Node): Node {
    spend(20 + name.length / 4);
    let node = nodes.get(name);
    if (node === undefined) {
      if (nodes.size >= MAX_NODES) throw new TooLarge(`more than ${MAX_NODES} steps of decision`);
      node = make(nodes.size);
      nodes.set(name, node);
    }
    return node;
  }

  return {
    leaf(outcome, mark = '') {
      const name = numberOf(outcome, () => `outcome ${nameOf(outcome)}`);
      return once(`leaf ${name} ${mark}`, (id) => ({ kind: 'leaf', id, outcome, name }));
    },
    test(literals, yes, no) {
      if (literals.length === 0 || yes === no) return yes;
      const names = literals.map(({ atom, is }) => `${is ? '' : '!'}${numberOf(atom, () => `atom ${atom.id}`)}`).sort();
      return once(`test ${yes.id} ${no.id} ${names.join()}`, (id) => ({
        kind: 'test',
        id,
        literals,
        yes,
        no,
      }));
    },
    draw(draw, ranges) {
      const wide: Range[] = [];
      let from = 0;
      for (const range of ranges) {
        if (range.to <= from) continue;
        from = range.to;
        if (wide.at(-1)?.node === range.node) wide.pop();
        wide.push(range);
      }
      if (wide.length === 1) return wide[0]!.node;
      const shape = wide.map(({ to, node }) => `${to}:${node.id}`).join(' ');
      return once(`draw ${shape} ${draw}`, (id) => ({ kind: 'draw', id, draw, ranges: wide }));
    },
    spend,
    atom(atom) {
      spend(20 + atom.id.length / 2);
      const found = atoms.get(atom.id);
      if (found !== undefined) return found;
      atoms.set(atom.id, atom);
      return atom;
    },
  };
}

/** What makes two outcomes the same for the one who is served. */
export function nameOf(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'variant':
      return `variant ${JSON.stringify([outcome.variant, canonical(outcome.value)])}`;
    case 'value':
      return `value ${JSON.stringify(canonical(outcome.value))}`;
    case 'caller':
      return 'caller';
    case 'error':
      return `error ${outcome.code}`;
    case 'expression':
      return `expression ${outcome.expression}`;
  }
}

/** The same JSON with the keys of objects in order. */
export function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => [name, canonical(inner)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
