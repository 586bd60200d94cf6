import type { Atom, Literal } from './graph.ts';
import type { Work } from './work.ts';

/** What is known of an audience. */
export interface Facts {
  readonly literals: readonly Literal[];
  /** Literals that do not all hold. */
  readonly not: readonly (readonly Literal[])[];
}

/** What follows from facts. Sound, and complete only where it is easy to see. */
export interface Reasoner {
  /** Whether all literals hold; else those that are not known, at least one. */
  truth(literals: readonly Literal[], facts: Facts): boolean | readonly Literal[];
  /** Facts with more that holds; undefined where that cannot be. */
  assume(facts: Facts, literals: readonly Literal[]): Facts | undefined;
  /** Facts with literals that do not all hold; undefined where that cannot be. */
  refuse(facts: Facts, literals: readonly Literal[]): Facts | undefined;
  /** The attributes that were taken to have one value. */
  readonly singleValued: ReadonlySet<string>;
}

export const NO_FACTS: Facts = { literals: [], not: [] };

/** The most values of an attribute that are tried one by one. */
const MAX_TRIED = 50;

type Known = boolean | undefined;

/** `isList` tells of an attribute that is declared a list, of which no value excludes another. */
export function createReasoner(isList: (attribute: string) => boolean, { spend }: Work): Reasoner {
  const singleValued = new Set<string>();
  const memory = new WeakMap<readonly Literal[], Map<string, Known>>();
  const sets = new WeakMap<readonly unknown[], ReadonlySet<unknown>>();
  const related = new WeakMap<readonly Literal[], ReadonlySet<string>>();

  function setOf(values: readonly unknown[]): ReadonlySet<unknown> {
    let set = sets.get(values);
    if (set === undefined) {
      set = new Set(values);
      sets.set(values, set);
    }
    return set;
  }

  /** Whether an atom is true, if the literals tell. */
  function known(atom: Atom, literals: readonly Literal[]): Known {
    if (literals.length === 0) return undefined;
    let answers = memory.get(literals);
    if (answers === undefined) {
      answers = new Map();
      memory.set(literals, answers);
    }
    spend(2);
    if (answers.has(atom.id)) return answers.get(atom.id);
    const answer = byRelation(atom, literals) ?? byValue(atom, literals);
    answers.set(atom.id, answer);
    return answer;
  }

  function byRelation(atom: Atom, literals: readonly Literal[]): Known {
    spend(literals.length / 4);
    for (const { atom: other, is } of literals) {
      if (other.id === atom.id) return is;
      if (is && atom.group !== undefined && other.group === atom.group) return false;
      if (is && other.implies?.includes(atom.id) === true) return true;
      if (!is && atom.implies?.includes(other.id) === true) return false;
      if (atom.subject === undefined || atom.subject !== other.subject) continue;
      if (is && isWithin(other, atom)) return true;
      if (!is && isWithin(atom, other)) return false;
      // what says that the attribute is there
      if (isPresence(atom) && other.holds !== undefined && other.holds(null) !== is) return true;
    }
    return undefined;
  }

  /** Whether every value the one takes is among those of the other. */
  function isWithin(small: Atom, large: Atom): boolean {
    if (small.values === undefined || large.values === undefined) return false;
    if (small.elements === true && large.elements !== true) return false;
    const set = setOf(large.values);
    if (small.values.length > set.size) return false;
    spend(small.values.length);
    return small.values.every((value) => set.has(value));
  }

  /** Tries the few values the attribute can have. */
  function byValue(atom: Atom, literals: readonly Literal[]): Known {
    const { subject, holds } = atom;
    if (subject === undefined || holds === undefined) return undefined;
    spend(literals.length / 4);
    const about = literals.filter((literal) => literal.atom.subject === subject && literal.atom.holds !== undefined);
    if (about.length === 0) return undefined;
    for (const { atom: pin, is } of about) {
      const values = is ? pin.values : isPresence(pin) ? MISSING : undefined;
      if (values === undefined || values.length > MAX_TRIED || !singly(pin, is)) continue;
      const left = possible(values, about);
      const answer = holds(left[0] ?? null);
      if (left.length === 0 || !left.every((value) => holds(value) === answer)) continue;
      if (is) note(pin);
      return answer;
    }
    const { values } = atom;
    if (values === undefined || values.length > MAX_TRIED || !singly(atom, true)) return undefined;
    if (possible(values, about).length > 0) return undefined;
    note(atom);
    return false;
  }

  function possible(values: readonly unknown[], about: readonly Literal[]): readonly unknown[] {
    return values.filter((value) =>
      about.every(({ atom, is }) => {
        spend(2);
        return atom.holds!(value) === is;
      }),
    );
  }

  function singly({ elements, attribute }: Atom, is: boolean): boolean {
    return !is || elements !== true || attribute === undefined || !isList(attribute);
  }

  function note({ elements, attribute }: Atom): void {
    if (elements === true && attribute !== undefined) singleValued.add(attribute);
  }

  function settle(start: readonly Literal[], added: readonly Literal[], not: Facts['not']): Facts | undefined {
    let literals = start;
    let queue = added;
    let open = not;
    while (queue.length > 0) {
      // lists are copied as they grow
      spend(queue.length * (10 + literals.length / 16) + 4 * open.length);
      const touched = queue.flatMap(({ atom }) => relations(atom));
      for (const literal of queue) {
        const answer = known(literal.atom, literals);
        if (answer === undefined) literals = [...literals, literal];
        else if (answer !== literal.is) return undefined;
      }
      queue = [];
      const left: (readonly Literal[])[] = [];
      for (const refused of open) {
        if (!touches(refused, touched)) {
          left.push(refused);
          continue;
        }
        const rest = remaining(refused, literals);
        if (rest === undefined) continue;
        if (rest.length === 0) return undefined;
        if (rest.length === 1) queue = [...queue, { atom: rest[0]!.atom, is: !rest[0]!.is }];
        else left.push(rest);
      }
      open = left;
    }
    return { literals, not: open };
  }

  function touches(refused: readonly Literal[], touched: readonly string[]): boolean {
    let names = related.get(refused);
    if (names === undefined) {
      names = new Set(refused.flatMap(({ atom }) => relations(atom)));
      related.set(refused, names);
    }
    for (const name of touched) if (names.has(name)) return true;
    return false;
  }

  /** Those of which nothing is known; undefined if one is known not to hold. */
  function remaining(wanted: readonly Literal[], literals: readonly Literal[]): readonly Literal[] | undefined {
    const left: Literal[] = [];
    for (const literal of wanted) {
      const answer = known(literal.atom, literals);
      if (answer === undefined) left.push(literal);
      else if (answer !== literal.is) return undefined;
    }
    return left;
  }

  return {
    singleValued,
    truth(wanted, { literals, not }) {
      const left = remaining(wanted, literals);
      if (left === undefined) return false;
      if (left.length === 0) return true;
      const held = settle(literals, left, not);
      return held === undefined ? false : left;
    },
    assume: ({ literals, not }, added) => settle(literals, added, not),
    refuse({ literals, not }, refused) {
      const left = remaining(refused, literals);
      if (left === undefined) return { literals, not };
      if (left.length === 0) return undefined;
      if (left.length === 1) return settle(literals, [{ atom: left[0]!.atom, is: !left[0]!.is }], not);
      return { literals, not: [...not, left] };
    },
  };
}

/** Names of all an atom has to do with: two atoms with none in common tell nothing of each other. */
function relations({ id, subject, group, implies = [] }: Atom): readonly string[] {
  return [id, ...implies, ...(subject === undefined ? [] : [subject]), ...(group === undefined ? [] : [group])];
}

const MISSING: readonly unknown[] = [null];

/** Whether an atom says no more than that its attribute is there. */
export function isPresence({ predicate }: Atom): boolean {
  return predicate.kind === 'clause' && predicate.clause.operator === 'exists';
}
