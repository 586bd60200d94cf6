import type { UnleashFlag, UnleashStrategy, UnleashVariantDefinition } from './client.ts';
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
}

const profiles = new WeakMap<object, Profile>();

/** The profile of a definition, made once as long as the client keeps it. */
export function profileOf(flag: UnleashFlag): Profile {
  let profile = profiles.get(flag);
  if (profile === undefined) {
    const problem = problemOf(flag);
    profile = problem === undefined ? read(flag) : { ...UNUSABLE, problem };
    profiles.set(flag, profile);
  }
  return profile;
}

const UNUSABLE: Profile = {
  problem: undefined,
  hasVariants: false,
  on: 'ERROR',
  off: 'ERROR',
  variant: 'ERROR',
  needs: [],
  variantNeeds: [],
};

/** What makes the client answer off, or throw, where it should say that something is wrong. */
function problemOf({ enabled, strategies, variants }: UnleashFlag): string | undefined {
  const objects = (list: readonly unknown[]): boolean => list.every((one) => typeof one === 'object' && one !== null);
  if (typeof enabled !== 'boolean') return '`enabled` is no boolean';
  if (!Array.isArray(strategies) || !objects(strategies)) return '`strategies` is no list of strategies';
  const lists: unknown[] = [variants, ...(strategies as readonly UnleashStrategy[]).map((one) => one.variants)];
  const good = lists.every((list) => list === undefined || list === null || (Array.isArray(list) && objects(list)));
  return good ? undefined : '`variants` is no list of variants';
}

/** Variants among which one is chosen. */
interface Pool {
  readonly variants: readonly UnleashVariantDefinition[];
  readonly need: Need | undefined;
}

function read(flag: UnleashFlag): Profile {
  const strategies = flag.strategies ?? [];
  const natures = strategies.map(natureOf);
  const dependent = (flag.dependencies?.length ?? 0) > 0;
  /** Whoever asks, if what it depends on lets it. */
  const always = strategies.length === 0 || natures.some(({ kind }) => kind === 'always');
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
    variant: whyVariant(on, pools, own),
    needs: rollouts,
    // the strategy that is on may bring variants of its own
    variantNeeds: [...(own ? needs : rollouts), ...chosen.filter((need) => need !== undefined)],
  };
}

function needsOf(natures: readonly Nature[]): readonly Need[] {
  return natures.flatMap(({ need }) => (need === undefined ? [] : [need]));
}

/** From which variants one may come: those of a strategy, else those of the flag. Lists that are empty are no pool. */
function poolsOf(flag: UnleashFlag, strategies: readonly UnleashStrategy[]): readonly Pool[] {
  const pools: Pool[] = [];
  const add = (variants: readonly UnleashVariantDefinition[] | null | undefined, otherwise: unknown): boolean => {
    const first = variants?.[0];
    if (variants === undefined || variants === null || first === undefined) return false;
    pools.push({ variants, need: variantNeed(first.stickiness || otherwise) });
    return true;
  };
  const covered = strategies.map(({ variants, parameters }) => add(variants, parameters?.stickiness));
  if (covered.length === 0 || covered.includes(false)) add(flag.variants, undefined);
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

function whyVariant(on: string, pools: readonly Pool[], own: boolean): string {
  const overridden = pools.some(({ variants }) => variants.some(({ overrides }) => (overrides?.length ?? 0) > 0));
  if (overridden) return 'TARGETING_MATCH';
  if (pools.every(isSplit)) return 'SPLIT';
  if (pools.some(isSplit)) return 'TARGETING_MATCH';
  // one variant for all who have any; which strategy brought it may depend on who asks
  return on === 'STATIC' && own && pools.length > 1 ? 'TARGETING_MATCH' : on;
}
