import type { Audience, Condition, Move, Stay } from './effect.ts';
import { type Facts, isPresence, type Reasoner } from './facts.ts';
import type { Literal } from './graph.ts';
import { sentenceOf } from './sentences.ts';
import { type Part, plus, shareOf } from './shares.ts';
import type { Cell, Region } from './walk.ts';

/** A region of a walk, as it is told. */
export function audienceOf({ facts, cells }: Region, reasoner: Reasoner): Audience {
  const moves = merged(cells.filter((cell) => !cell.same)).flatMap(({ part, from, to }): Move[] =>
    from === undefined || to === undefined ? [] : [{ ...shareOf(part), from, to }],
  );
  const stays = merged(cells.filter((cell) => cell.same)).map(
    ({ part, from }): Stay => ({ ...shareOf(part), outcome: from }),
  );
  const literals = [...facts.literals, ...facts.not.flat()];
  const opaque = moves.some(({ from, to }) => from.kind === 'expression' || to.kind === 'expression');
  const random = literals.some(({ atom }) => atom.random === true);
  return { conditions: conditionsOf(facts, reasoner), moves, stays, exact: !opaque && !random };
}

/** Cells of the same outcomes as one. */
function merged(cells: readonly Cell[]): readonly Cell[] {
  const found = new Map<string, Cell>();
  for (const cell of cells) {
    const before = found.get(cell.names);
    const part: Part = before === undefined ? cell.part : plus(before.part, cell.part);
    found.set(cell.names, { ...cell, part });
  }
  return [...found.values()];
}

/** Of more literals only those that are not, and follow from those that are, are left out. */
const MAX_REDUCED = 100;

/** The facts as conditions, without those that follow from the others. */
function conditionsOf(facts: Facts, reasoner: Reasoner): readonly Condition[] {
  const positive = facts.literals.filter(({ is }) => is);
  let literals = facts.literals.filter(({ atom, is }) => is || !follows({ atom, is }, positive, reasoner));
  if (literals.length <= MAX_REDUCED) {
    // what is not said follows from what is, rather than the other way round
    for (const literal of [...literals].sort((a, b) => weight(a) - weight(b))) {
      const rest = literals.filter((other) => other !== literal);
      if (follows(literal, rest, reasoner)) literals = rest;
    }
  }
  return [
    // what somebody is comes before what they are not
    ...literals.filter(({ is }) => is).map(conditionOf),
    ...literals.filter(({ is }) => !is).map(conditionOf),
    ...facts.not.map((refused): Condition => {
      const predicate = { kind: 'all', of: refused.map(conditionOf) } as const;
      return { predicate, holds: false, text: sentenceOf(predicate, false) };
    }),
  ];
}

function follows(literal: Literal, from: readonly Literal[], reasoner: Reasoner): boolean {
  return reasoner.truth([literal], { literals: from, not: [] }) === true;
}

function weight({ atom, is }: Literal): number {
  return isPresence(atom) ? 0 : is ? 2 : 1;
}

function conditionOf({ atom: { predicate }, is }: Literal): Condition {
  return { predicate, holds: is, text: sentenceOf(predicate, is) };
}
