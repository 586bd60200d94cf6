import { changedBetween, evaluate, type FlagDefinition, FlagError, parseLogic, type Snapshot } from '@flagwright/core';
import { effectOf } from '@flagwright/server/model';
import { inlined } from '../importing/inline.ts';
import { Refusal } from '../importing/refusal.ts';
import { effectLines } from '../simulate/notes.ts';
import { createOutcomes } from '../simulate/outcome.ts';
import { type Reason, reasonsOf } from '../simulate/reasons.ts';
import { flagsByKey } from './flags-by-key.ts';
import { movesOf } from './moves.ts';

/** A flag that serves somebody something else, or may do so, and how, in lines. */
export interface Told {
  readonly key: string;
  readonly lines: readonly string[];
}

type Sides = readonly [before: Snapshot, after: Snapshot];

/** So many contexts are made for a flag, fewer where there are many flags. */
const MOST = 2_000;
const MOST_TOGETHER = 500_000;
const LEAST = 50;

/**
 * Tells of all flags whose answers differ between two sets, by themselves or by what they depend on. Where definitions tell it
 * all, it is exact; else it is counted, and that is said. `only`: the one flag to look at. `time` is in ms since the epoch.
 */
export async function* effectsBetween(sides: Sides, only: string | undefined, time: number): AsyncGenerator<Told> {
  const [before, after] = sides.map(({ document }) => flagsByKey(document.flags)) as [Flags, Flags];
  const keys = [...new Set([...before.keys(), ...after.keys()])].filter((key) => only === undefined || key === only);
  const changed = new Set(changedBetween(...sides));
  const count = Math.max(LEAST, Math.min(MOST, Math.floor(MOST_TOGETHER / Math.max(1, changed.size))));
  for (const key of keys) {
    const reasons = reasonsOf(key, ...sides);
    if (reasons.length === 0 && !changed.has(key)) continue;
    const one: One = { key, before: before.get(key), after: after.get(key), reasons, sides, count, time };
    const overridden = sides.filter(({ flags }) => flags.get(key)?.override !== undefined).length;
    const lines = await (overridden === 2 ? ofOverrides(one) : overridden === 1 ? ofOne(one) : ofDefinitions(one));
    if (lines.length > 0) yield { key, lines };
  }
}

type Flags = ReadonlyMap<string, FlagDefinition>;

interface One {
  readonly key: string;
  readonly before: FlagDefinition | undefined;
  readonly after: FlagDefinition | undefined;
  readonly reasons: readonly Reason[];
  readonly sides: Sides;
  readonly count: number;
  readonly time: number;
}

/** Everybody has the one answer on each side. */
function ofOverrides({ key, reasons, sides, time, before, after }: One): readonly string[] {
  const outcomes = createOutcomes([before, after]);
  const [from, to] = sides.map((side) => outcomes.of(evaluate(side, key, undefined, {}, time))) as [number, number];
  if (from === to) return [];
  const own = reasons.filter(({ kind }) => kind === 'override').map(({ text }) => text);
  const [one, two] = [from, to].map((i) => outcomes.list[i]!.name);
  return [...own, `everybody: 100 % move from ${one} to ${two}`];
}

async function ofOne({ key, reasons, sides, count, time }: One): Promise<readonly string[]> {
  return [...reasons.map(unsure), (await movesOf(key, sides, count, time)).text];
}

async function ofDefinitions(one: One): Promise<readonly string[]> {
  const { key, sides, count, time } = one;
  const { attributes, $evaluators } = sides[1].document;
  const written = writtenOut(one);
  const { before, after, reasons } = written ?? one;
  const effect = effectOf(key, before, after, { attributes, evaluators: written === undefined ? $evaluators : {} });
  const lines = effect.identical ? [] : await effectLines(effect, reasons.length > 0);
  if (reasons.length > 0) return [...lines, ...reasons.map(unsure), (await movesOf(key, sides, count, time)).text];
  if (!effect.identical) return lines;
  // it depends on something that nobody knows of here
  const { moved, text } = await movesOf(key, sides, LEAST, time);
  return moved === 0 ? [] : [unsure({ kind: 'set', text: 'something that it depends on differs' }), text];
}

const unsure = ({ text }: Reason): string => `${text}: who moves cannot be told exactly`;

/** Both definitions with what they refer to in `$evaluators` written out, if that differs; undefined where it cannot be. */
function writtenOut({ before, after, reasons, sides }: One): Pick<One, 'before' | 'after' | 'reasons'> | undefined {
  const others = reasons.filter(({ kind }) => kind !== 'evaluator');
  if (others.length === reasons.length) return undefined;
  // what a prerequisite refers to is not written out
  if ([before, after].some((definition) => (definition?.prerequisites ?? []).length > 0)) return undefined;
  try {
    const [one, two] = [before, after].map((definition, i) => {
      const { targeting } = definition ?? {};
      if (definition === undefined || targeting === undefined || targeting === null) return definition;
      const logic = typeof targeting === 'string' ? parseLogic(targeting) : targeting;
      return { ...definition, targeting: inlined(logic, sides[i]!.document.$evaluators ?? {}, 'targeting') as never };
    });
    return { before: one, after: two, reasons: others };
  } catch (thrown) {
    if (thrown instanceof Refusal || thrown instanceof FlagError) return undefined;
    throw thrown;
  }
}
