import type { UnleashDependency, UnleashFlag, UnleashStrategy, UnleashVariantDefinition } from './client.ts';
import { type Nature, type Need, natureOf, variantNeed } from './strategy.ts';

/** What the definition of a flag tells before anybody asks. Reasons are OpenFeature's words. */
export interface Profile {
  /** Why the definition cannot be used; undefined if it can. */
  readonly problem: string | undefined;
  /** Some context may be served a variant. */
  readonly hasVariants: boolean;
  /** Why it is on, for whom it is. */
  readonly on: string;
  /** Why it is off, for whom it is. */
  readonly off: string;
  /** Why a variant is served. */
  readonly variant: string;
  /** What must be in a context so that whether the flag is on is not left to chance, or off for want of it. */
  readonly needs: readonly Need[];
  /** The same, for which variant is served. */
  readonly variantNeeds: readonly Need[];
  /** The flags it depends on, if it is not off anyway. */
  readonly parents: readonly UnleashDependency[];
}

const profiles = new WeakMap<object, Profile>();

/** The profile of a definition, made once as long as the client keeps it. */
export function profileOf(flag: UnleashFlag): Profile {
  let profile = profiles.get(flag);
  if (profile === undefined) {
    profile = understood(flag);
    profiles.set(flag, profile);
  }
  return profile;
}

function understood(flag: UnleashFlag): Profile {
  try {
    const problem = problemOf(flag);
    return problem === undefined ? read(flag) : { ...UNUSABLE, problem };
  } catch {
    return { ...UNUSABLE, problem: 'it is of another shape than those of Unleash' };
  }
}

const UNUSABLE: Profile = {
  problem: undefined,
  hasVariants: false,
  on: 'ERROR',
  off: 'ERROR',
  variant: 'ERROR',
  needs: [],
  variantNeeds: [],
  parents: [],
};

/** What makes the client answer off, or throw, where it should say that something is wrong. */
function problemOf({ enabled, strategies, variants, dependencies }: UnleashFlag): string | undefined {
  const objects = (list: readonly unknown[]): boolean => list.every((one) => typeof one === 'object' && one !== null);
  const absent = (list: unknown): boolean => list === undefined || list === null;
  if (typeof enabled !== 'boolean') return '`enabled` is no boolean';
  if (!Array.isArray(strategies) || !objects(strategies)) return '`strategies` is no list of strategies';
  const lists: unknown[] = [variants, ...(strategies as readonly UnleashStrategy[]).map((one) => one.variants)];
  const good = lists.every((list) => absent(list) || (Array.isArray(list) && objects(list)));
  if (!good) return '`variants` is no list of variants';
  const depends = absent(dependencies) || (Array.isArray(dependencies) && objects(dependencies));
  return depends ? undefined : '`dependencies` is no list of flags';
}

/** Variants among which one is chosen. */
interface Pool {
  readonly variants: readonly UnleashVariantDefinition[];
  readonly need: Need | undefined;
}

function read(flag: UnleashFlag): Profile {
  const every = (flag.strategies ?? []).map((strategy) => ({ strategy, nature: natureOf(strategy) }));
  const last = every.findIndex(({ nature }) => nature.kind === 'always');
  // the first that is on decides, so that none comes after one that always is
  const reached = last === -1 ? every : every.slice(0, last + 1);
  const natures = reached.map(({ nature }) => nature);
  const strategies = reached.map(({ strategy }) => strategy);
  const parents = flag.dependencies ?? [];
  const dependent = parents.length > 0;
  /** Whoever asks, if what it depends on lets it. */
  const always = every.length === 0 || last !== -1;
  const split = !always && natures.every(({ kind }) => kind === 'split');
  const on = always && !dependent ? 'STATIC' : split ? 'SPLIT' : 'TARGETING_MATCH';
  const pools = poolsOf(flag, strategies);
  const needs = flag.enabled ? needsOf(natures) : [];
  const rollouts = always ? [] : needs;
  const own = strategies.some(({ variants }) => (variants?.length ?? 0) > 0);
  const chosen = flag.enabled ? pools.filter(isSplit).map(({ need }) => need) : [];
  return {
    problem: undefined,
    hasVariants: pools.length > 0,
    on,
    off: whyOff(flag, natures, { always, split, dependent }),
    variant: whyVariant(on, split, pools, own && strategies.length > 1),
    needs: rollouts,
    // the strategy that is on may bring variants of its own
    variantNeeds: [...(own ? needs : rollouts), ...chosen.filter((need) => need !== undefined)],
    parents: flag.enabled ? parents : [],
  };
}

function needsOf(natures: readonly Nature[]): readonly Need[] {
  return natures.flatMap(({ need }) => (need === undefined ? [] : [need]));
}

/** From which variants one may come: those of a strategy, else those of the flag. Lists that are empty are no pool. */
function poolsOf(flag: UnleashFlag, strategies: readonly UnleashStrategy[]): readonly Pool[] {
  const pools: Pool[] = [];
  const add = (variants: readonly UnleashVariantDefinition[] | null | undefined, stickiness: unknown): boolean => {
    if (variants === undefined || variants === null || variants.length === 0) return false;
    pools.push({ variants, need: variantNeed(stickiness) });
    return true;
  };
  const covered = strategies.map(({ variants, parameters }) =>
    add(variants, variants?.[0]?.stickiness || parameters?.stickiness),
  );
  if (covered.length === 0 || covered.includes(false)) add(flag.variants, flag.variants?.[0]?.stickiness);
  return pools;
}

function isSplit({ variants }: Pool): boolean {
  return variants.filter(({ weight }) => weight > 0).length > 1;
}

function whyOff(
  { enabled }: UnleashFlag,
  natures: readonly Nature[],
  { always, split, dependent }: Readonly<Record<'always' | 'split' | 'dependent', boolean>>,
): string {
  if (!enabled) return 'DISABLED';
  if (always) return dependent ? 'PREREQUISITE_FAILED' : 'DEFAULT';
  // without conditions, being off is the share's other side
  return split && !dependent && !natures.some(({ conditional }) => conditional) ? 'SPLIT' : 'DEFAULT';
}

/** `several`: which variants there are to choose from depends on the strategy that is on. */
function whyVariant(on: string, split: boolean, pools: readonly Pool[], several: boolean): string {
  const overridden = pools.some(({ variants }) => variants.some(({ overrides }) => (overrides?.length ?? 0) > 0));
  if (overridden) return 'TARGETING_MATCH';
  if (several) return split ? 'SPLIT' : 'TARGETING_MATCH';
  return pools.some(isSplit) ? 'SPLIT' : on;
}
