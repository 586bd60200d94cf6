import type { Evaluation, Snapshot } from '@flagwright/core';
import type { LocalSet } from '../local/local-set.ts';
import { variantNames } from './check.ts';

/** What tests reached of a flag. */
interface Reached {
  readonly rules: Set<string>;
  readonly variants: Set<string>;
}

/** What no test reached of a set. */
export interface Uncovered {
  readonly set: string;
  readonly flags: { readonly reached: number; readonly all: number; readonly missed: readonly string[] };
  /** Of flags that have tests: rules that never decided, and variants that were never served. */
  readonly parts: readonly {
    readonly flag: string;
    readonly rules: readonly string[];
    readonly variants: readonly string[];
  }[];
}

/** Remembers what tests reach. */
export class Coverage {
  readonly #sets = new Map<LocalSet, Map<string, Reached>>();

  /** A test asked a set for a flag, and got these answers. */
  add(set: LocalSet, flag: string, served: Iterable<Evaluation>): void {
    const flags = this.#sets.get(set) ?? new Map<string, Reached>();
    this.#sets.set(set, flags);
    const reached = flags.get(flag) ?? { rules: new Set(), variants: new Set() };
    flags.set(flag, reached);
    for (const { ruleId, variant } of served) {
      if (ruleId !== undefined) reached.rules.add(ruleId);
      if (variant !== undefined) reached.variants.add(variant);
    }
  }

  /** What no test reached, though it can be, by the sets that tests were about; `now` in ms since the epoch. */
  async uncovered(now: number): Promise<readonly Uncovered[]> {
    const { viewOf } = await import('../lint/view.ts');
    const { outcomesOf } = await import('../lint/outcomes.ts');
    return [...this.#sets].map(([{ title, snapshot }, reached]) => {
      const view = viewOf(snapshot, now);
      const canBeServed = (key: string, variant: string): boolean => {
        const flag = view.flags.get(key);
        if (flag === undefined || Object.hasOwn(view.document.overrides ?? {}, key)) return true;
        const outcome = flag.variants.outcome(variant);
        if (!flag.enabled) return flag.variants.off === outcome;
        const { served, more } = outcomesOf(flag, view);
        return more || served.has(outcome);
      };
      const keys = [...snapshot.flags.keys()];
      const missed = keys.filter((key) => !reached.has(key));
      const parts = keys.flatMap((flag) => {
        const own = reached.get(flag);
        if (own === undefined) return [];
        const rules = ruleNames(snapshot, flag).filter((rule) => !own.rules.has(rule));
        // what nobody can be served is for lint to tell
        const variants = variantNames(snapshot, flag).filter(
          (variant) => !own.variants.has(variant) && canBeServed(flag, variant),
        );
        return rules.length + variants.length === 0 ? [] : [{ flag, rules, variants }];
      });
      return { set: title, flags: { reached: keys.length - missed.length, all: keys.length, missed }, parts };
    });
  }
}

/** The rules of a flag as evaluations name them. */
function ruleNames(snapshot: Snapshot, flag: string): readonly string[] {
  const definition = snapshot.flags.get(flag)?.definition;
  const rules = (definition?.rules ?? []).map(({ id }, i) => id ?? `rule-${i}`);
  const { targeting } = definition ?? {};
  const isEmpty = targeting === undefined || targeting === null || /^(?:""|\{\})$/.test(JSON.stringify(targeting));
  return isEmpty ? rules : [...rules, 'targeting'];
}
