import { evaluate, type FlagDefinition, jsonEqual } from '@flagwright/core';
import type { Outcome } from './outcome.ts';
import type { Side } from './sides.ts';
import type { Counted } from './tally.ts';
import { nameOf, restingOf, variantsOf } from './variants.ts';

/** Those who had something, and do not have it any more. */
export interface Loss {
  /** The number of the outcome. */
  readonly outcome: number;
  /** How many had it. */
  readonly had: number;
  readonly lost: number;
}

/** Those who go from one variant to another, of which neither is the default. */
export interface Swap {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** What growing a share never does: take away from somebody what they had. */
export interface Sticky {
  readonly losses: readonly Loss[];
  readonly swaps: readonly Swap[];
  /** What all who move had before, where none of them loses: nothing, or at most the default; undefined: neither can be said. */
  readonly had: 'nothing' | 'default' | undefined;
}

/** What a flag serves: a variant, or a value that is none. */
interface Served {
  readonly variant?: string | undefined;
  readonly value: unknown;
}

/** What a flag serves where nothing was decided for somebody, and where it is off; undefined: it leaves it to the caller. */
interface Standing {
  readonly resting: Served | undefined;
  readonly off: Served | undefined;
}

/**
 * Who loses what, and who is moved about. A flag that is off, or `false`, is nothing to lose. The default is something only
 * where it gives way to being off or to the caller, or is itself another one after: else it is what a share grows from.
 */
export function stickyOf(
  counted: Counted,
  key: string,
  { now, after }: Readonly<Record<'now' | 'after', Side>>,
): Sticky {
  const { outcomes, moves } = counted;
  const [before, then] = [standingOf(now, key), standingOf(after, key)];
  const isNothing = (one: Outcome): boolean =>
    (one.value === false || one.value === null) && (before.off === undefined || is(one, before.off));
  const isDefault = (one: Outcome): boolean => is(one, before.resting) || is(one, then.resting);
  const stays = (one: Outcome, role: keyof Standing): boolean => is(one, before[role]) && is(one, then[role]);
  const isLoss = (from: Outcome, to: Outcome): boolean => {
    if (!isServed(from) || isNothing(from)) return false;
    if (!isServed(to) || !(stays(from, 'resting') || stays(from, 'off'))) return true;
    return is(to, then.off);
  };
  const losses: Loss[] = [];
  const swaps: Swap[] = [];
  const had = new Set<Sticky['had']>();
  for (const [i, row] of moves.entries()) {
    const from = outcomes[i]!;
    const going = row.flatMap((count, to) => (to === i || count === 0 ? [] : [{ to, count }]));
    if (going.some(({ to }) => isLoss(from, outcomes[to]!))) {
      const lost = going.reduce((sum, { count }) => sum + count, 0);
      losses.push({ outcome: i, had: counted.now[i]!, lost });
    }
    for (const { to, count } of going) {
      const both = [from, outcomes[to]!];
      if (both.every((one) => one.kind === 'variant' && !isDefault(one))) swaps.push({ from: i, to, count });
      if (!isServed(outcomes[to]!)) had.add(undefined);
      else if (isServed(from) && isNothing(from)) had.add('nothing');
      else had.add(!isServed(from) || is(from, before.resting) ? 'default' : undefined);
    }
  }
  const said = had.has(undefined) || losses.length > 0 ? undefined : had.has('default') ? 'default' : [...had][0];
  return { losses, swaps, had: said };
}

const isServed = ({ kind }: Outcome): boolean => kind === 'variant' || kind === 'value';

function is(one: Outcome, served: Served | undefined): boolean {
  return served !== undefined && isServed(one) && one.variant === served.variant && jsonEqual(one.value, served.value);
}

function standingOf({ snapshot, definition }: Side, key: string): Standing {
  const off = definition && offOf(definition);
  if (snapshot.flags.get(key)?.override === undefined) return { resting: definition && defaultOf(definition), off };
  // it is the same for all, whenever
  const { variant, value } = evaluate(snapshot, key, undefined, {}, 0);
  return { resting: { variant, value }, off };
}

function defaultOf(definition: FlagDefinition): Served | undefined {
  const { default: value } = definition;
  return variantNamed(definition, restingOf(definition)) ?? (value === undefined ? undefined : { value });
}

function offOf(definition: FlagDefinition): Served | undefined {
  const { offVariant } = definition;
  const named = offVariant === undefined ? undefined : nameOf(definition, offVariant);
  return variantNamed(definition, named ?? variantsOf(definition).find(({ value }) => value === false)?.name);
}

function variantNamed(definition: FlagDefinition, name: string | undefined): Served | undefined {
  const found = variantsOf(definition).find((variant) => variant.name === name);
  return found && { variant: found.name, value: found.value };
}
