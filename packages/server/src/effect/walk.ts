import type { Outcome } from './effect.ts';
import { type Facts, NO_FACTS, type Reasoner } from './facts.ts';
import { type DrawId, HASHES, type Literal, type Node, type Range } from './graph.ts';
import { type Part, partOf, plus } from './shares.ts';
import { Stopped, type Work } from './work.ts';

/** Two decisions under facts, and what each part of the contexts is served by them. */
export interface Region {
  readonly facts: Facts;
  readonly cells: readonly Cell[];
}

/** A part that is served one thing before and another, or the same, after. */
export interface Cell {
  readonly part: Part;
  /** Undefined with `same`: several things. */
  readonly from: Outcome | undefined;
  readonly to: Outcome | undefined;
  /** What the two are called, as `Node` has it. */
  readonly names: string;
  readonly same: boolean;
}

/** What a walk found. */
export interface Walk {
  /** Regions where somebody moves. */
  readonly regions: readonly Region[];
  /** There are regions where nobody moves. */
  readonly others: boolean;
  /** Why the walk ended early. */
  readonly stopped: string | undefined;
}

/** The hashes a cell has, of each draw it depends on: from, up to. */
type Box = ReadonlyMap<DrawId, readonly [number, number]>;

/** Somewhere the decisions differ in what is not known yet. */
interface Open {
  readonly literals: readonly Literal[];
}

const ANYWHERE: Box = new Map();

/** No more regions are looked at where somebody moves. */
const MAX_REGIONS = 500;

/**
 * Finds where two decisions of one graph differ. Conditions are told apart only where the answers may differ: first all
 * conditions, then the splits, so that a region has conditions alone and its shares are those of the hash.
 */
export function compare(before: Node, after: Node, reasoner: Reasoner, { spend }: Work): Walk {
  let stopped: string | undefined;
  let looked = 0;

  /** The node that decides, as far as facts and hashes tell; or the literals it waits for. */
  function settle(start: Node, facts: Facts, box: Box): { readonly node: Node; readonly open: Open | undefined } {
    let node = start;
    for (;;) {
      spend(10);
      if (node.kind === 'leaf') return { node, open: undefined };
      if (node.kind === 'test') {
        const truth = reasoner.truth(node.literals, facts);
        if (typeof truth !== 'boolean') return { node, open: { literals: truth } };
        node = truth ? node.yes : node.no;
        continue;
      }
      const range = box.get(node.draw);
      const only = range === undefined ? undefined : node.ranges[rangeAt(node.ranges, range[0])];
      if (range === undefined || only === undefined || only.to < range[1]) return { node, open: undefined };
      node = only.node;
    }
  }

  function cells(before: Node, after: Node, facts: Facts, box: Box, found: Map<string, Cell>): Open | undefined {
    if (before === after) return same(before, facts, box, found);
    const one = settle(before, facts, box);
    const two = settle(after, facts, box);
    if (one.node === two.node) return same(one.node, facts, box, found);
    const open = one.open ?? two.open;
    if (open !== undefined) return open;
    const [a, b] = [one.node, two.node];
    const drawn = a.kind === 'draw' ? a : b.kind === 'draw' ? b : undefined;
    if (drawn?.kind === 'draw') {
      return each(drawn.draw, drawn.ranges, box, (inner) => {
        spend(60 + 20 * inner.size);
        return cells(a, b, facts, inner, found);
      });
    }
    if (a.kind === 'leaf' && b.kind === 'leaf') add(found, box, a, b);
    return undefined;
  }

  /** What does not change: told by what it is where that needs no more conditions. */
  function same(start: Node, facts: Facts, box: Box, found: Map<string, Cell>): undefined {
    const { node, open } = settle(start, facts, box);
    if (open === undefined && node.kind === 'draw') {
      each(node.draw, node.ranges, box, (inner) => {
        spend(60 + 20 * inner.size);
        same(node, facts, inner, found);
      });
      return;
    }
    add(found, box, node, node);
  }

  /** The regions under facts. What was settled for all hashes is not walked again. */
  function look(start: Node, end: Node, facts: Facts): readonly Region[] {
    if (stopped !== undefined) return [];
    try {
      return regions(start, end, facts);
    } catch (thrown) {
      if (!(thrown instanceof Stopped)) throw thrown;
      stopped = thrown.message;
      return [];
    }
  }

  function regions(start: Node, end: Node, facts: Facts): readonly Region[] {
    const found = new Map<string, Cell>();
    const pair = [settle(start, facts, ANYWHERE).node, settle(end, facts, ANYWHERE).node] as const;
    const open = cells(...pair, facts, ANYWHERE, found);
    if (open === undefined && [...found.values()].some(({ same }) => !same)) count();
    if (open === undefined) return [{ facts, cells: [...found.values()] }];
    const yes = reasoner.assume(facts, open.literals);
    const no = reasoner.refuse(facts, open.literals);
    const one = yes === undefined ? [] : look(...pair, yes);
    const two = no === undefined ? [] : look(...pair, no);
    // where the condition makes no difference after all it is not told
    const alike = one.length === 1 && two.length === 1 && isAlike(one[0]!, two[0]!);
    return alike ? [{ facts, cells: one[0]!.cells }] : [...one, ...two];
  }

  function count(): void {
    looked += 1;
    if (looked > MAX_REGIONS) throw new Stopped(`more than ${MAX_REGIONS} combinations of conditions`);
  }

  const found = look(before, after, NO_FACTS);
  const moving = found.filter(({ cells }) => !cells.every(({ same }) => same));
  return { regions: moving, others: moving.length < found.length, stopped };
}

/** The position of the range that has a hash. */
function rangeAt(ranges: readonly Range[], hash: number): number {
  let low = 0;
  let high = ranges.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle]!.to <= hash) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Visits the ranges of a draw within a box, until one is open. */
function each(
  draw: DrawId,
  ranges: readonly Range[],
  box: Box,
  visit: (box: Box) => Open | undefined,
): Open | undefined {
  const [low, high] = box.get(draw) ?? [0, HASHES];
  let from = low;
  for (let i = rangeAt(ranges, low); i < ranges.length && from < high; i++) {
    const end = Math.min(ranges[i]!.to, high);
    const open = visit(new Map(box).set(draw, [from, end]));
    if (open !== undefined) return open;
    from = end;
  }
  return undefined;
}

function add(found: Map<string, Cell>, box: Box, before: Node, after: Node): void {
  const part = partOf([...box.values()].map(([from, to]) => to - from));
  const name = `${before.id} ${after.id}`;
  const cell = found.get(name);
  if (cell !== undefined) {
    found.set(name, { ...cell, part: plus(cell.part, part) });
    return;
  }
  const from = before.kind === 'leaf' ? before.outcome : undefined;
  const to = after.kind === 'leaf' ? after.outcome : undefined;
  const names = `${before.kind === 'leaf' ? before.name : ''} ${after.kind === 'leaf' ? after.name : ''}`;
  found.set(name, { part, from, to, names, same: before === after });
}

function isAlike(one: Region, two: Region): boolean {
  return one.cells.length === two.cells.length && nameOfRegion(one) === nameOfRegion(two);
}

function nameOfRegion({ cells }: Region): string {
  return cells
    .map(({ part, names, same }) => `${part.count} ${part.draws} ${same} ${names}`)
    .sort()
    .join('\n');
}
